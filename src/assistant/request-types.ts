/** The four things one can ask for. `path` is the route's last part. */
export const REQUEST_TYPES = {
  explain: { path: 'explain' },
  hint: { path: 'hint' },
  tests: { path: 'tests' },
  refactor_tips: { path: 'refactor-tips' },
} as const satisfies Record<string, { path: string }>;

export type RequestType = keyof typeof REQUEST_TYPES;

export function isRequestType(word: string): word is RequestType {
  return word in REQUEST_TYPES;
}
