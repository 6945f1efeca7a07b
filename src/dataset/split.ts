import { createHash } from 'node:crypto';

/** Prompts are spread over so many buckets; whole buckets are held out. */
export const BUCKETS = 10_000;
const MOST_HELD_OUT_BUCKETS = 1_000;

/** Gemini's rules for the validation part (supervised tuning, limits): at most so many examples … */
const MOST_VALIDATION_EXAMPLES = 5_000;
/** … and at most this share of the training part; Google asks it above 1,000 examples, here it always holds. */
const MOST_VALIDATION_SHARE = 0.3;

/** Bucket of a prompt by its hash: stable over runs, and the same prompt is never in both parts. */
export function bucketOf(prompt: string): number {
  return createHash('sha256').update(prompt).digest().readUInt32BE(0) % BUCKETS;
}

export interface Split {
  /** Buckets below this one are held out for validation. */
  heldOutBelow: number;
  training: number;
  validation: number;
}

/**
 * Holds out a tenth of the prompts, or less where the rules allow less.
 * @param histogram examples per bucket
 */
export function chooseSplit(histogram: ArrayLike<number>): Split {
  const all = Array.from(histogram).reduce((sum, examples) => sum + examples, 0);
  let split: Split = { heldOutBelow: 0, training: all, validation: 0 };
  for (let bucket = 0; bucket < MOST_HELD_OUT_BUCKETS; bucket += 1) {
    const validation = split.validation + (histogram[bucket] ?? 0);
    const training = all - validation;
    if (validation > MOST_VALIDATION_EXAMPLES || validation > MOST_VALIDATION_SHARE * training) break;
    split = { heldOutBelow: bucket + 1, training, validation };
  }
  return split;
}
