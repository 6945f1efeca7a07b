import { ApiError, type TuningJob } from '@google/genai';
import { describe, expect, test } from '@jest/globals';
import { tunerError } from '../../src/tuning/gemini-failure.ts';
import { statusOfJob } from '../../src/tuning/gemini-status.ts';

const tunedModel = {
  model: 'projects/p/locations/l/models/1@1',
  endpoint: 'projects/p/locations/l/endpoints/7',
};
const succeeded = { state: 'succeeded', tunedModel: tunedModel.model, endpoint: tunedModel.endpoint };

describe('Google’s words for a tuning job', () => {
  test.each<[string, object, object]>([
    ['JOB_STATE_QUEUED', {}, { state: 'waiting_for_quota', detail: 'queued' }],
    ['JOB_STATE_PENDING', {}, { state: 'running', detail: 'pending' }],
    ['JOB_STATE_PAUSED', {}, { state: 'running', detail: 'paused' }],
    ['JOB_STATE_CANCELLING', {}, { state: 'running', detail: 'cancelling' }],
    ['JOB_STATE_UPDATING', {}, { state: 'running', detail: 'updating' }],
    [
      'JOB_STATE_RUNNING',
      { tuningJobState: 'TUNING_JOB_STATE_PROCESSING_DATASET' },
      { state: 'running', detail: 'running, processing dataset' },
    ],
    [
      'JOB_STATE_RUNNING',
      { tuningJobState: 'TUNING_JOB_STATE_WAITING_FOR_QUOTA' },
      { state: 'waiting_for_quota', detail: 'running, waiting for quota' },
    ],
    ['JOB_STATE_SUCCEEDED', { tunedModel }, succeeded],
    [
      'JOB_STATE_SUCCEEDED',
      { tunedModel: { model: tunedModel.model } },
      { state: 'incomplete', detail: 'succeeded, its endpoint is not there yet' },
    ],
    ['JOB_STATE_PARTIALLY_SUCCEEDED', { tunedModel }, succeeded],
    [
      'JOB_STATE_PARTIALLY_SUCCEEDED',
      {},
      { state: 'failed', message: 'it succeeded only in part and left no endpoint' },
    ],
    [
      'JOB_STATE_FAILED',
      { error: { code: 3, message: 'bad line' } },
      { state: 'failed', message: 'bad line' },
    ],
    ['JOB_STATE_CANCELLED', {}, { state: 'cancelled', message: 'Google gave no reason' }],
    ['JOB_STATE_EXPIRED', {}, { state: 'expired', message: 'it expired at Google before it was done' }],
    ['JOB_STATE_OF_TOMORROW', {}, { state: 'running', detail: 'of tomorrow' }],
  ])('%s with %j is %j', (state, rest, expected) => {
    const job: TuningJob = JSON.parse(JSON.stringify({ state, ...rest }));
    expect(statusOfJob(job)).toEqual(expected);
  });
});

describe('what the SDK throws', () => {
  const answer = (code: number, status: string, message: string, details: object[] = []) =>
    new ApiError({ status: code, message: JSON.stringify({ error: { code, message, status, details } }) });
  const retryInfo = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '7.5s' };

  test.each<[string, unknown, object]>([
    ['429', answer(429, 'RESOURCE_EXHAUSTED', 'full', [retryInfo]), { kind: 'busy', retryAfterMs: 7500 }],
    ['400 for a quota', answer(400, 'FAILED_PRECONDITION', 'Quota of tuning jobs'), { kind: 'busy' }],
    ['400', answer(400, 'INVALID_ARGUMENT', 'no such base'), { kind: 'refused' }],
    ['403', answer(403, 'PERMISSION_DENIED', 'no'), { kind: 'refused' }],
    ['404', answer(404, 'NOT_FOUND', 'gone'), { kind: 'refused' }],
    ['408', answer(408, 'X', 'slow'), { kind: 'unclear' }],
    ['503', answer(503, 'UNAVAILABLE', 'later'), { kind: 'unclear' }],
    ['a page', new ApiError({ status: 502, message: '<html>' }), { kind: 'unclear' }],
    ['a broken body', new SyntaxError('Unexpected end of JSON input'), { kind: 'unclear' }],
    ['a refused connection', new TypeError('fetch failed'), { kind: 'unclear' }],
    ['a timeout', new DOMException('aborted', 'AbortError'), { kind: 'unclear' }],
  ])('%s is told as %#', (_name, thrown, expected) => {
    expect(tunerError('Starting the tuning job', thrown)).toMatchObject(expected);
  });

  test('is told in one sentence with Google’s own words', () => {
    const error = tunerError(
      'Starting the tuning job',
      answer(400, 'INVALID_ARGUMENT', 'The adapter size is wrong'),
    );
    expect(error.message).toBe('Starting the tuning job: Google answered 400: The adapter size is wrong');
  });
});
