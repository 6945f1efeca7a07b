/** Why the work can't go on until a person did something; trying again by itself would not help. */
export type DatasetFailureType =
  | 'ExportFolderUnusable'
  | 'BatchReleased'
  | 'TrainingSetReleased'
  | 'DatasetStoreRefused'
  | 'InvalidInput';

/** A failure that is not retried; `message` says what happened, why, and what to do. */
export class DatasetFailure extends Error {
  override readonly name = 'DatasetFailure';
  readonly type: DatasetFailureType;

  constructor(type: DatasetFailureType, message: string, options?: ErrorOptions) {
    super(message, options);
    this.type = type;
  }
}

export function setReleased(trainingSetId: string): DatasetFailure {
  return new DatasetFailure(
    'TrainingSetReleased',
    `Training set ${trainingSetId} was given up and its examples are free again. The next run of the pipeline takes them.`,
  );
}

/** `code` of a Node or database error, such as EACCES. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** What may be shown of any error: a database error's own text can quote a row, so that its code stands for it. */
export function safeMessage(error: unknown): string {
  const code = codeOf(error);
  if (error instanceof Error && error.name === 'QueryFailedError')
    return `A database statement failed (${code ?? 'no code'}); it is tried again.`;
  return error instanceof Error ? error.message : String(error);
}
