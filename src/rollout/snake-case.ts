/** `minSamples` → `min_samples`: HTTP's spelling of a name in Temporal's payloads. */
export function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The same JSON with HTTP's spelling of every name; not for maps whose keys are somebody's names. */
export function snakeKeys(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(snakeKeys);
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(Object.entries(json).map(([name, value]) => [snakeCase(name), snakeKeys(value)]));
}
