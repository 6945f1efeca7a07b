import type { AppError } from '../errors.ts';

export interface GeminiQuestion {
  /** A base model's name, or the full name of a tuned version's endpoint. */
  target: string;
  /** The one user turn. */
  prompt: string;
  /** Aborts when the caller goes away. */
  signal: AbortSignal;
  /** Longest wait for the first text. Without `onDelta` the whole answer comes at once, within this time. */
  firstByteTimeoutMs: number;
  /** Longest silence of a stream after its first text. */
  silenceTimeoutMs: number;
  /** Takes each piece of text as it comes, never a blank one first; a promise holds the stream back until it is done. */
  onDelta?: ((text: string) => void | Promise<void>) | undefined;
  /** `once`: a call that met a refused connection or a 503 before any text is made again, within the same time and a budget. */
  retry: 'once' | 'never';
}

interface Usage {
  inputTokens: number;
  outputTokens: number;
}

/**
 * How a call ended. `failed` counts against the version that was called, and another version may answer instead
 * while nothing was delivered; the other endings say nothing bad of it.
 */
export type GeminiReply = Usage &
  (
    | {
        /** `truncated`: the model's limit cut it; never to be trained on. */
        outcome: 'answered' | 'truncated';
        text: string;
        /** What the provider says its model was. */
        providerModel: string | undefined;
      }
    | {
        outcome: 'blocked' | 'failed';
        error: AppError /** For the log; holds no text of anybody's. */;
        reason: string;
      }
    | { outcome: 'caller_gone' }
  );

export const NO_USAGE: Usage = { inputTokens: 0, outputTokens: 0 };
