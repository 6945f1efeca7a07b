import { type CheckedExample, checkedExamples, emptyTally, type Tally } from './checked-examples.ts';
import type { TrainingSet } from './entity.ts';
import { DatasetFailure } from './failure.ts';
import type { LineFile, WrittenFile } from './line-file-store.ts';
import { problemOfLine } from './preflight.ts';
import type { Progress } from './progress.ts';
import type { Scratch } from './scratch-store.ts';
import { BUCKETS, chooseSplit, type Split } from './split.ts';
import type { TrainingSetStore } from './training-set-store.ts';

export const TRAINING = 'training.jsonl';
export const VALIDATION = 'validation.jsonl';

/** Both parts of a training set, on this machine's disk. */
export interface Parts {
  tally: Tally;
  training: WrittenFile;
  validation: WrittenFile;
}

/** First pass: counts what is left after the checks and decides where the set is split. */
export async function survey(
  sets: TrainingSetStore,
  set: TrainingSet,
  progress: Progress,
): Promise<{ tally: Tally; split: Split }> {
  const tally = emptyTally();
  const histogram = new Uint32Array(BUCKETS);
  for await (const page of checkedExamples(sets.rows(set.id), tally, progress)) {
    for (const { bucket } of page) histogram[bucket] = (histogram[bucket] ?? 0) + 1;
  }
  if (tally.fullAfter !== undefined) await sets.freeRowsAfter(set.id, tally.fullAfter);
  return { tally, split: chooseSplit(histogram) };
}

/** Second pass: writes both parts to this machine's disk, so that their hashes are known before the upload. */
export async function writeParts(
  sets: TrainingSetStore,
  { set, split, scratch }: { set: TrainingSet; split: Split; scratch: Scratch },
  progress: Progress,
): Promise<Parts> {
  const training = await scratch.open(TRAINING);
  const validation = await scratch.open(VALIDATION);
  try {
    const tally = emptyTally();
    for await (const page of checkedExamples(sets.rows(set.id), tally, progress)) {
      await writeLines(
        training,
        page.filter(({ bucket }) => bucket >= split.heldOutBelow),
      );
      await writeLines(
        validation,
        page.filter(({ bucket }) => bucket < split.heldOutBelow),
      );
    }
    return { tally, training: await training.finish(), validation: await validation.finish() };
  } finally {
    await training.close();
    await validation.close();
  }
}

async function writeLines(file: LineFile, examples: CheckedExample[]): Promise<void> {
  const lines = examples.map(({ line }) => line);
  const wrong = lines.findIndex((line) => problemOfLine(line) !== undefined);
  if (wrong >= 0) {
    throw new DatasetFailure(
      'InvalidInput',
      `A training example ${problemOfLine(lines[wrong] ?? '')}. Nothing was uploaded; please report this as a fault.`,
    );
  }
  await file.write(lines);
}
