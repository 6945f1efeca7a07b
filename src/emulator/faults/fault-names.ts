import { z } from 'zod';

/** Every fault that can be asked for; README.md says what each does. */
export const faultNames = [
  '400',
  '401',
  '403',
  '404',
  '408',
  '409',
  '412',
  '429',
  '499',
  '500',
  '502',
  '503',
  '504',
  'delay',
  'slow-chunks',
  'cut-between',
  'cut-inside',
  'error-event',
  'reset',
  'lost-answer',
  'broken-json',
  'broken-json-503',
  'empty-body',
  'empty-object',
  'blocked-prompt',
  'finish',
  'max-tokens',
  'empty-text',
  'no-parts',
  'no-finish',
  'continuation-token',
  'other-model-version',
  'job-fails',
  'job-expires',
  'job-is-cancelled',
  'job-never-ends',
  'job-without-endpoint',
  'job-ignores-cancel',
  'pages-of-one',
  'missing-upload-status',
  'wrong-crc32c',
] as const;
export type FaultName = (typeof faultNames)[number];

export const faultParams = z.strictObject({
  /** Of `429`: the delay in its RetryInfo, in Google's form, e.g. "7s". */
  retryDelay: z.string().optional(),
  /** Of `delay` and `slow-chunks`. */
  delayMs: z.number().int().min(0).optional(),
  /** Of the faults in the middle of a stream: chunks that go out whole before. */
  afterChunks: z.number().int().min(0).optional(),
  /** Of `blocked-prompt`. */
  blockReason: z.string().optional(),
  /** Of `finish`: any word. */
  finishReason: z.string().optional(),
  /** Of `finish` and `max-tokens`: what is left of the text. */
  text: z.enum(['all', 'part', 'none', 'empty']).optional(),
  /** Of `other-model-version`. */
  modelVersion: z.string().optional(),
});
export type FaultParams = z.infer<typeof faultParams>;
