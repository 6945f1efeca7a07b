import type { Log } from '../../log.ts';
import type { Temporal } from './connection.ts';

/** What lists of workflows can be filtered by. */
export const SEARCH_ATTRIBUTES = {
  ModelVersion: 'Keyword',
  RolloutStage: 'Int',
  RolloutVerdict: 'Keyword',
} as const;
/** temporal.api.enums.v1.IndexedValueType */
const CODES = { Keyword: 2, Int: 3 } as const;

/** `missing`: go on without them; `command` registers them by hand. */
export type SearchAttributesResult = 'registered' | { missing: string[]; command: string };

/**
 * Registers the search attributes and reads them back: a server answers OK to one that is there with another type,
 * and Temporal Cloud refuses the call altogether.
 */
export async function ensureSearchAttributes({
  temporal,
  log,
}: {
  temporal: Pick<Temporal, 'call' | 'target'>;
  log: Log;
}): Promise<SearchAttributesResult> {
  const { namespace } = temporal.target;
  const refusal = await register(temporal);
  const missing = await stillMissing(temporal);
  if (missing.length === 0) return 'registered';
  const command = commandFor(missing, namespace);
  log.warn(
    { event: 'temporal.search_attributes_missing', missing, reason: refusal },
    `Search attributes ${missing.join(', ')} could not be registered; workflows go on without any. Register them by: ${command}`,
  );
  return { missing, command };
}

/** Resolves to why the server would not; the read that follows tells what counts. */
async function register({ call, target }: Pick<Temporal, 'call' | 'target'>): Promise<string | undefined> {
  const searchAttributes = Object.fromEntries(
    Object.entries(SEARCH_ATTRIBUTES).map(([name, type]) => [name, CODES[type]]),
  );
  try {
    await call(({ connection }) =>
      connection.operatorService.addSearchAttributes({ namespace: target.namespace, searchAttributes }),
    );
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const READS = 10;
const BETWEEN_READS_MS = 200;

/** A new attribute may take a moment until it is listed. */
async function stillMissing({ call, target }: Pick<Temporal, 'call' | 'target'>): Promise<string[]> {
  for (let read = 1; ; read += 1) {
    const { customAttributes } = await call(({ connection }) =>
      connection.operatorService.listSearchAttributes({ namespace: target.namespace }),
    );
    const missing = Object.entries(SEARCH_ATTRIBUTES)
      .filter(([name, type]) => customAttributes[name] !== CODES[type])
      .map(([name]) => name);
    const wrongType = missing.some((name) => name in customAttributes);
    if (missing.length === 0 || wrongType || read === READS) return missing;
    await new Promise((done) => setTimeout(done, BETWEEN_READS_MS));
  }
}

function commandFor(missing: string[], namespace: string): string {
  const names = Object.entries(SEARCH_ATTRIBUTES)
    .filter(([name]) => missing.includes(name))
    .map(([name, type]) => `--name ${name} --type ${type}`);
  return `temporal operator search-attribute create --namespace ${namespace} ${names.join(' ')}`;
}
