import type { WrittenFile } from './line-file-store.ts';
import type { Rejection } from './preflight.ts';

export interface StoredPart extends WrittenFile {
  uri: string;
}

/** What a training set holds and what was left out of it, in counts and hashes only; written last. */
export interface Manifest {
  trainingSetId: string;
  baseModel: string;
  /** Rows that were claimed and still there. */
  rows: number;
  examples: number;
  rejected: Partial<Record<Rejection, number>>;
  /** Examples in which personal data was replaced. */
  redacted: number;
  training: StoredPart;
  validation?: StoredPart;
}

/** What the row of a training set tells of it. */
export interface TrainingSetRecord {
  stored?: Manifest & { manifestUri: string };
  notEnough?: { examples: number; minSamples: number; rejected: Manifest['rejected'] };
  /** Why its rows were freed again. */
  released?: string;
}

/** A readable JSON document, the same for the same training set. */
export function manifestText(manifest: Manifest): string {
  return JSON.stringify(manifest, null, 2);
}
