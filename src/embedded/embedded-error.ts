/** A problem with an embedded server that a person can mend; the message alone is meant to be shown. */
export class EmbeddedError extends Error {
  override readonly name = 'EmbeddedError';
}

/** Where the embedded parts tell what they are doing, one human line at a time. */
export type Progress = (line: string) => void;
