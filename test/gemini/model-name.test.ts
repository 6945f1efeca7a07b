import { describe, expect, test } from '@jest/globals';
import { isOtherModel } from '../../src/gemini/model-name.ts';

const base = (name: string) => ({ target: name, versionName: name });
const tuned = {
  target: 'projects/p/locations/us-central1/endpoints/777',
  versionName: 'gemini-3.5-flash-lite-ft-001',
};

describe('an answer by another model', () => {
  test.each([
    ['gemini-3.5-flash', 'gemini-3.6-flash'],
    ['gemini-3.5-flash', 'gemini-3.5-flash-lite'],
    ['gemini-3.5-flash-lite', 'gemini-3.5-flash'],
    ['gemini-3.5-flash', 'publishers/google/models/gemini-3.6-flash'],
  ])('is noticed: %s asked, %s told', (asked, told) => {
    expect(isOtherModel(base(asked), told)).toBe(true);
  });

  test.each([
    ['gemini-3.5-flash', 'gemini-3.5-flash'],
    ['gemini-3.5-flash', 'models/gemini-3.5-flash'],
    ['gemini-3.5-flash', 'gemini-3.5-flash-001'],
    ['gemini-3.5-flash', 'gemini-3.5-flash-preview-05-19'],
    ['gemini-3.5-flash', undefined],
    ['gemini-3.5-flash', ''],
    ['gemini-flash-latest', 'gemini-3.6-flash'],
  ])('is not seen where none is: %s asked, %s told', (asked, told) => {
    expect(isOtherModel(base(asked), told)).toBe(false);
  });

  test.each([
    'gemini-3.5-flash-lite',
    'gemini-3.5-flash-lite-001',
    'gemini-3.5-flash-lite-ft-001',
    'projects/1/locations/us/models/123@1',
    'projects/p/locations/us-central1/endpoints/777',
    undefined,
  ])('is not seen where a tuned version tells %s', (told) => {
    expect(isOtherModel(tuned, told)).toBe(false);
  });

  test('is noticed where a tuned version tells another base', () => {
    expect(isOtherModel(tuned, 'gemini-3.6-flash')).toBe(true);
    expect(isOtherModel({ ...tuned, versionName: 'ours' }, 'gemini-3.6-flash')).toBe(false);
  });
});
