/** Stands in a workflow for what somebody sent and nobody can decode. */
export interface Unreadable {
  unreadable: string;
}

export function unreadable(encoding: string): Unreadable {
  return { unreadable: `a payload with the encoding ${encoding || '(none)'}` };
}

export function isUnreadable(value: unknown): value is Unreadable {
  return typeof value === 'object' && value !== null && 'unreadable' in value;
}
