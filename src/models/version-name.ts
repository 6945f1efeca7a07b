/** `gemini-3.5-flash-lite-ft-001`: the base's name and a number that counts up, also past 999. */
export function tunedName(baseModel: string, number: number): string {
  return `${baseModel}-ft-${String(number).padStart(3, '0')}`;
}

/** The next free name, given every name that was ever used (withdrawn versions included). */
export function nextTunedName(baseModel: string, taken: readonly string[]): string {
  const prefix = `${baseModel}-ft-`;
  const numbers = taken
    .filter((name) => name.startsWith(prefix))
    .map((name) => Number(name.slice(prefix.length)))
    .filter(Number.isInteger);
  return tunedName(baseModel, Math.max(0, ...numbers) + 1);
}
