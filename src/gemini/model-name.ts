export interface AskedModel {
  /** A base model's name, or an endpoint's. */
  target: string;
  /** The registry's name, `<base>-ft-<number>` for a tuned version. */
  versionName: string;
}

/**
 * True when the provider names a model that is surely not the one asked for: Google has routed names to newer
 * models before. A dated or numbered build of the same model is the same; of a tuned version the base's name,
 * its own and names that are no model's (an endpoint's id) are.
 */
export function isOtherModel(asked: AskedModel, providerModel: string | undefined): boolean {
  const told = lastPart(providerModel ?? '');
  if (!told.startsWith('gemini-')) return false;
  const expected = expectedModel(asked);
  // An alias stands for whatever Google makes of it.
  if (expected === undefined || expected.endsWith('-latest')) return false;
  return told !== asked.versionName && !isBuildOf(expected, told);
}

/** Undefined where it can't be told: a tuned version with a name of its own. */
function expectedModel({ target, versionName }: AskedModel): string | undefined {
  if (!target.includes('/endpoints/')) return lastPart(target);
  return /^(.+)-ft-\d+$/.exec(versionName)?.[1];
}

function isBuildOf(model: string, told: string): boolean {
  return told.startsWith(model) && /^(-\d[\d-]*|-preview(-[\d-]+)?)?$/.test(told.slice(model.length));
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1).replace(/@.*$/, '');
}
