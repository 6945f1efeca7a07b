import { ApiError } from '@google/genai';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readGoogleError } from '../../src/gemini/google-error.ts';

const NOTHING = {
  status: undefined,
  canonical: undefined,
  message: undefined,
  retryAfterMs: undefined,
  code: undefined,
};

const TOO_MANY =
  '{"error":{"code":429,"message":"Resource exhausted. Please try again later.","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"7s"}]}}';
const TOO_MANY_READ = {
  ...NOTHING,
  status: 429,
  canonical: 'RESOURCE_EXHAUSTED',
  message: 'Resource exhausted. Please try again later.',
  retryAfterMs: 7000,
};
/** GoogleCloudPlatform/generative-ai#2081 */
const NOT_JSONL =
  '{"error":{"code":400,"message":"List of found errors:\\t1.Field: tuning_job.supervised_tuning_spec.training_dataset_uri; Message: training_dataset_uri should be a GCS object of type JSONL.\\t","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"tuning_job.supervised_tuning_spec.training_dataset_uri","description":"training_dataset_uri should be a GCS object of type JSONL."}]}]}}';
/** What the SDK makes of a page that some proxy answered. */
const PAGE = '{"error":{"message":"<html>502</html>","code":502,"status":"Bad Gateway"}}';

const apiError = (status: number, message: string) => new ApiError({ status, message });
const noConnection = (code: unknown) =>
  new TypeError('fetch failed', { cause: Object.assign(new Error('it was lost'), { code }) });

describe('an error of Google’s SDK', () => {
  test.each<[string, unknown, object]>([
    ['a quota that is used up', apiError(429, TOO_MANY), TOO_MANY_READ],
    ['the same in a stream', apiError(429, `got status: RESOURCE_EXHAUSTED. ${TOO_MANY}`), TOO_MANY_READ],
    [
      'a refused training set',
      apiError(400, NOT_JSONL),
      {
        ...NOTHING,
        status: 400,
        canonical: 'INVALID_ARGUMENT',
        message: expect.stringContaining('should be a GCS object of type JSONL'),
      },
    ],
    ['a page of HTML', apiError(502, PAGE), { ...NOTHING, status: 502, message: '<html>502</html>' }],
    ['a body that is no JSON', apiError(503, '<html>'), { ...NOTHING, status: 503 }],
    ['a body that is JSON of another kind', apiError(503, '[7]'), { ...NOTHING, status: 503 }],
    ['a refused connection', noConnection('ECONNREFUSED'), { ...NOTHING, code: 'ECONNREFUSED' }],
    ['a code that is free text', noConnection('what you asked'), NOTHING],
    ['a broken body', new SyntaxError('Unexpected end of JSON input'), NOTHING],
    ['a timeout', new DOMException('This operation was aborted', 'AbortError'), NOTHING],
    ['a text', 'no error at all', NOTHING],
    ['nothing', undefined, NOTHING],
  ])('is read where it is %s', (_name, thrown, expected) => {
    expect(readGoogleError(thrown)).toEqual(expected);
  });

  test('keeps what is readable beside parts that are not', () => {
    const error = { status: 'UNAVAILABLE', message: 5, details: ['?'] };
    expect(readGoogleError(apiError(503, JSON.stringify({ error })))).toEqual({
      ...NOTHING,
      status: 503,
      canonical: 'UNAVAILABLE',
    });
  });

  test.each([
    ['7.5s', 7500],
    ['0.0001s', 1],
    ['0s', 0],
    ['-1s', undefined],
    ['soon', undefined],
  ])('that asks for a wait of %s is read as %s ms', (retryDelay, expected) => {
    const details = [
      { '@type': 'type.googleapis.com/google.rpc.Help', links: [] },
      { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay },
    ];
    const body = JSON.stringify({ error: { code: 429, details } });
    expect(readGoogleError(apiError(429, body)).retryAfterMs).toBe(expected);
  });

  test('is read without a new error, whatever was thrown', () => {
    fc.assert(
      fc.property(fc.anything(), fc.json(), (thrown, message) => {
        expect(() => readGoogleError(thrown)).not.toThrow();
        expect(readGoogleError(apiError(500, message)).status).toBe(500);
      }),
    );
  });
});
