import { isRecord } from './api-error.ts';
import { apiUrl } from './base-url.ts';

/** What the page wants to know of the server; null is unknown. */
export type Readiness = { geminiBackend: string | null; temporalWebUiUrl: string | null };

/** Reads GET /readyz, which has the same body whether or not the server is ready. Never fails. */
export async function fetchReadiness(signal: AbortSignal): Promise<Readiness> {
  const body: unknown = await fetch(apiUrl('/readyz'), { signal })
    .then((response) => response.json())
    .catch(() => null);
  return {
    geminiBackend: dependencyText(body, { name: 'gemini', key: 'backend' }),
    temporalWebUiUrl: webAddress(dependencyText(body, { name: 'temporal', key: 'web_ui_url' })),
  };
}

function dependencyText(body: unknown, { name, key }: { name: string; key: string }): string | null {
  const info = isRecord(body) ? body.info : null;
  const dependencies = isRecord(info) ? info.dependencies : null;
  const dependency = isRecord(dependencies) ? dependencies[name] : null;
  const text = isRecord(dependency) ? dependency[key] : null;
  return typeof text === 'string' ? text : null;
}

function webAddress(text: string | null): string | null {
  return text && /^https?:\/\//i.test(text) ? text : null;
}
