import type { RequestType } from './request-types.ts';

/** What is asked of a model, and by whom as far as the answer's bookkeeping needs it. */
export interface Ask {
  requestType: RequestType;
  prompt: string;
  promptVersion: string;
  segment: string | undefined;
  regeneratedFrom: string | undefined;
  /** The caller's opaque key; never stored or logged. */
  assignmentKey: string | undefined;
  /** Aborts when the caller goes away. */
  signal: AbortSignal;
  /** Streams the answer; without it the answer comes whole. */
  onDelta?: ((text: string) => void | Promise<void>) | undefined;
}
