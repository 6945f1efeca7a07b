import { z } from 'zod';
import { adapterSizes, findModel, tuningLocations } from '../gemini/catalogue.ts';
import { ApiFault, type FieldViolation, invalidArgument } from '../wire/errors.ts';
import { parseBody } from '../wire/strict-json.ts';

const int64 = z.union([z.number().int(), z.string().regex(/^\d+$/)]).transform(Number);

const supervisedParameters = z.strictObject({
  epochCount: int64.optional(),
  learningRateMultiplier: z.number().positive().optional(),
  adapterSize: z.string().optional(),
  learningRate: z.number().optional(),
  batchSize: int64.optional(),
});

const datasets = {
  trainingDatasetUri: z.string(),
  validationDatasetUri: z.string().optional(),
  exportLastCheckpointOnly: z.boolean().optional(),
};

const tuningRequest = z.strictObject({
  baseModel: z.string().optional(),
  preTunedModel: z
    .strictObject({
      tunedModelName: z.string(),
      checkpointId: z.string().optional(),
      baseModel: z.string().optional(),
    })
    .optional(),
  supervisedTuningSpec: z
    .strictObject({
      ...datasets,
      hyperParameters: supervisedParameters.optional(),
      tuningMode: z.unknown().optional(),
    })
    .optional(),
  preferenceOptimizationSpec: z
    .strictObject({
      ...datasets,
      hyperParameters: z
        .strictObject({
          epochCount: int64.optional(),
          learningRateMultiplier: z.number().positive().optional(),
          adapterSize: z.string().optional(),
          beta: z.number().optional(),
        })
        .optional(),
    })
    .optional(),
  tunedModelDisplayName: z.string().max(128).optional(),
  description: z.string().optional(),
  labels: z.record(z.string(), z.string()).optional(),
  serviceAccount: z.string().optional(),
  encryptionSpec: z.unknown().optional(),
  outputUri: z.unknown().optional(),
});
export type TuningRequest = z.infer<typeof tuningRequest>;

export interface TuningSpec {
  readonly method: 'supervised' | 'preference';
  readonly trainingDatasetUri: string;
  readonly validationDatasetUri: string | undefined;
  readonly epochCount: number;
  readonly exportLastCheckpointOnly: boolean;
}

/** Google picks the number by the size of the data; the emulator always says three. */
const defaultEpochs = 3;

/**
 * A body of tuningJobs.create that the catalogue allows: place, base, parameters, labels. What it names in
 * Cloud Storage is looked at elsewhere. Throws ApiFault.
 */
export function parseTuningRequest(
  body: unknown,
  location: string,
): { request: TuningRequest; spec: TuningSpec } {
  const request = parseBody(tuningRequest, body);
  if (!tuningLocations.includes(location)) {
    throw new ApiFault(
      'FAILED_PRECONDITION',
      `Tuning is not supported in location ${location}. Supported locations: ${tuningLocations.join(', ')}.`,
    );
  }
  const spec = specOf(request);
  checkBase(request);
  checkParameters(request);
  checkLabels(request.labels ?? {});
  return { request, spec };
}

function specOf({ supervisedTuningSpec, preferenceOptimizationSpec }: TuningRequest): TuningSpec {
  const spec = supervisedTuningSpec ?? preferenceOptimizationSpec;
  if (
    spec === undefined ||
    (supervisedTuningSpec !== undefined && preferenceOptimizationSpec !== undefined)
  ) {
    throw fieldErrors([
      { field: 'tuning_job.tuning_spec', description: 'exactly one tuning_spec is required.' },
    ]);
  }
  return {
    method: supervisedTuningSpec === undefined ? 'preference' : 'supervised',
    trainingDatasetUri: spec.trainingDatasetUri,
    validationDatasetUri: spec.validationDatasetUri,
    epochCount: spec.hyperParameters?.epochCount ?? defaultEpochs,
    exportLastCheckpointOnly: spec.exportLastCheckpointOnly ?? false,
  };
}

function checkBase({ baseModel, preTunedModel }: TuningRequest): void {
  if (baseModel === undefined && preTunedModel === undefined) {
    throw fieldErrors([{ field: 'tuning_job.base_model', description: 'base_model is required.' }]);
  }
  if (baseModel === undefined) return;
  const name = baseModel.replace(/^(?:publishers\/google\/)?models\//, '');
  if (findModel(name)?.tunable !== true) {
    throw invalidArgument(`Base model ${baseModel} is not supported.`, [
      { field: 'tuning_job.base_model', description: `Base model ${baseModel} is not supported.` },
    ]);
  }
}

function checkParameters({ supervisedTuningSpec, preferenceOptimizationSpec }: TuningRequest): void {
  const parameters = supervisedTuningSpec?.hyperParameters ?? preferenceOptimizationSpec?.hyperParameters;
  const adapterSize = parameters?.adapterSize;
  if (adapterSize !== undefined && !adapterSizes.includes(adapterSize)) {
    throw invalidArgument('The adapter size is not supported for this base model.');
  }
  if (parameters?.epochCount !== undefined && (parameters.epochCount < 1 || parameters.epochCount > 100)) {
    throw invalidArgument('The epoch count must be between 1 and 100.');
  }
  const open = supervisedTuningSpec?.hyperParameters;
  if (open?.learningRate !== undefined || open?.batchSize !== undefined) {
    throw invalidArgument('learning_rate and batch_size are not supported for this base model.');
  }
}

function checkLabels(labels: Record<string, string>): void {
  for (const [key, value] of Object.entries(labels)) {
    if (
      !/^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u.test(key) ||
      !/^[\p{Ll}\p{Lo}\p{N}_-]{0,64}$/u.test(value)
    ) {
      throw invalidArgument(
        `Invalid label "${key}": keys and values can have at most 64 characters, of lower case letters, digits, underscores and dashes only.`,
      );
    }
  }
}

/** Google's way of telling several faults of a tuning request at once. */
export function fieldErrors(violations: readonly FieldViolation[]): ApiFault {
  const list = violations
    .map(({ field, description }, index) => `${index + 1}.Field: ${field}; Message: ${description}\t`)
    .join('');
  return invalidArgument(`List of found errors:\t${list}`, violations);
}
