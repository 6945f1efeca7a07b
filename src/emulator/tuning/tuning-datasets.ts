import type { StoredObject } from '../state.ts';
import { blobPath } from '../storage/blobs.ts';
import { findObject } from '../storage/stored-objects.ts';
import type { FieldViolation } from '../wire/errors.ts';
import type { World } from '../world.ts';
import type { JobRecord } from './job-record.ts';
import { checkTrainingData, validationFault } from './training-data-check.ts';
import { fieldErrors, type TuningSpec } from './tuning-request.ts';

/** Steps take this many examples each. */
const examplesPerStep = 16;

/**
 * Looks at the datasets of a tuning request. An object that is not there or no JSONL is refused at once
 * (ApiFault); faults inside it come back as text, since Google finds them while the job runs.
 */
export async function readDatasets(
  world: World,
  spec: TuningSpec,
): Promise<{ fault: string | undefined; stats: JobRecord['stats'] }> {
  const field = `tuning_job.${spec.method === 'supervised' ? 'supervised_tuning_spec' : 'preference_optimization_spec'}`;
  const training = dataset(world, `${field}.training_dataset_uri`, spec.trainingDatasetUri);
  const validation =
    spec.validationDatasetUri === undefined
      ? undefined
      : dataset(world, `${field}.validation_dataset_uri`, spec.validationDatasetUri);
  const found = [training, validation].flatMap((entry) =>
    entry !== undefined && 'field' in entry ? [entry] : [],
  );
  if (found.length > 0) throw fieldErrors(found);

  const report = await check(world, training, spec);
  const second = validation === undefined ? undefined : await check(world, validation, spec);
  const fault =
    named('training', report.fault) ??
    named('validation', second?.fault) ??
    (second === undefined ? undefined : validationFault(report.examples, second.examples));
  return {
    fault,
    stats: {
      examples: report.examples,
      tokens: report.tokens * spec.epochCount,
      characters: report.characters,
      dropped: [...report.dropped],
      steps: Math.max(1, Math.ceil((report.examples * spec.epochCount) / examplesPerStep)),
      epochs: spec.epochCount,
    },
  };
}

function dataset(world: World, field: string, uri: string): StoredObject | FieldViolation {
  const match = /^gs:\/\/([^/]+)\/(.+\.jsonl)$/.exec(uri);
  const object = match === null ? undefined : findObject(world, match[1] ?? '', match[2] ?? '');
  const name = field.split('.').at(-1) ?? field;
  return object ?? { field, description: `${name} should be a GCS object of type JSONL.` };
}

async function check(world: World, object: StoredObject | FieldViolation, spec: TuningSpec) {
  const path = 'field' in object ? '' : blobPath(world, object.sha256);
  return checkTrainingData(path, spec.method);
}

function named(which: string, fault: string | undefined): string | undefined {
  return fault === undefined ? undefined : `Invalid ${which} dataset. ${fault}`;
}
