import type { Log } from '../log.ts';
import type { DatasetStore } from './dataset-store.ts';
import type { TrainingSet } from './entity.ts';
import { setReleased } from './failure.ts';
import type { WrittenFile } from './line-file-store.ts';
import { type Manifest, manifestText, type StoredPart, type TrainingSetRecord } from './manifest.ts';
import type { UploadDatasetResult } from './messages.ts';
import type { Progress } from './progress.ts';
import type { Scratch } from './scratch-store.ts';
import { type Parts, TRAINING, VALIDATION } from './training-parts.ts';
import type { TrainingSetStore } from './training-set-store.ts';

export interface UploadDeps {
  sets: TrainingSetStore;
  datasets: DatasetStore;
  log: Log;
}

const MANIFEST = 'manifest.json';

/** Uploads both parts, then the manifest, and only then says that the set is there. */
export async function storeParts(
  deps: UploadDeps,
  { set, scratch, parts }: { set: TrainingSet; scratch: Scratch; parts: Parts },
  progress: Progress,
): Promise<UploadDatasetResult> {
  const put = (file: string, written: WrittenFile) => upload(deps, { set, scratch, file, written }, progress);
  const training = await put(TRAINING, parts.training);
  const validation = parts.validation.lines > 0 ? await put(VALIDATION, parts.validation) : undefined;
  const manifest: Manifest = {
    trainingSetId: set.id,
    baseModel: set.baseModel,
    rows: parts.tally.rows,
    examples: parts.tally.examples,
    rejected: parts.tally.rejected,
    redacted: parts.tally.redacted,
    training,
    ...(validation ? { validation } : {}),
  };
  const manifestFile = await scratch.open(MANIFEST);
  await manifestFile.write([manifestText(manifest)]);
  const { uri: manifestUri } = await put(MANIFEST, await manifestFile.finish());
  const isOurs = await deps.sets.markUploaded(set.id, {
    trainingUri: training.uri,
    validationUri: validation?.uri ?? null,
    trainingExamples: training.lines,
    validationExamples: validation?.lines ?? 0,
    manifest: { stored: { ...manifest, manifestUri } },
  });
  if (!isOurs) throw setReleased(set.id);
  deps.log.info(
    {
      event: 'training_set.uploaded',
      training_set_id: set.id,
      store: deps.datasets.kind,
      examples: training.lines,
      validation_examples: validation?.lines ?? 0,
      rejected: manifest.rejected,
      sha256: training.sha256,
    },
    'A training set was uploaded',
  );
  return resultOf({ ...manifest, manifestUri });
}

interface Upload {
  set: TrainingSet;
  scratch: Scratch;
  file: string;
  written: WrittenFile;
}

const HEARTBEAT_MS = 5_000;

async function upload(
  { datasets }: UploadDeps,
  { set, scratch, file, written }: Upload,
  progress: Progress,
): Promise<StoredPart> {
  const [stem = '', extension = ''] = file.split('.');
  const beat = setInterval(() => progress.heartbeat(file), HEARTBEAT_MS);
  try {
    const { uri } = await datasets.put(
      {
        name: `training-sets/${set.id}/${stem}-${written.sha256}.${extension}`,
        path: scratch.path(file),
        bytes: written.bytes,
        sha256: written.sha256,
        contentType: extension === 'json' ? 'application/json' : 'application/jsonl',
      },
      progress.signal,
    );
    return { ...written, uri };
  } finally {
    clearInterval(beat);
  }
}

/** The result of an upload, from what the set's row keeps of it. */
export function resultOf({
  trainingSetId,
  training,
  validation,
  manifestUri,
}: NonNullable<TrainingSetRecord['stored']>): UploadDatasetResult {
  return {
    outcome: 'uploaded',
    trainingSetId,
    trainingUri: training.uri,
    ...(validation ? { validationUri: validation.uri, validationSha256: validation.sha256 } : {}),
    trainingExamples: training.lines,
    validationExamples: validation?.lines ?? 0,
    trainingSha256: training.sha256,
    manifestUri,
  };
}
