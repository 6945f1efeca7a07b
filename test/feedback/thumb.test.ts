import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decideThumb, type EarlierThumb, looksLikeRequestId } from '../../src/feedback/thumb.ts';

const earlier: EarlierThumb = {
  isPositive: true,
  comment: null,
  correction: null,
  deletedAt: null,
  exported: false,
  batchId: null,
};
const claimed = { ...earlier, batchId: '4a1c2b66-7c7e-4a52-a6c4-1c7b4f3d2e10' };

describe('a second thumb', () => {
  it('is the same when it says nothing new', () => {
    expect(decideThumb({ isPositive: true }, earlier)).toBe('same');
    expect(decideThumb({ isPositive: true, comment: 'clear' }, { ...earlier, comment: 'clear' })).toBe(
      'same',
    );
  });

  it('changes the row when it is the other one, or says more', () => {
    expect(decideThumb({ isPositive: false }, earlier)).toBe('change');
    expect(decideThumb({ isPositive: true, comment: 'clear' }, earlier)).toBe('change');
    expect(decideThumb({ isPositive: true, correction: 'b' }, { ...earlier, correction: 'a' })).toBe(
      'change',
    );
  });

  it('is too late to turn from the claim of an export on, but may still say more', () => {
    expect(decideThumb({ isPositive: false }, claimed)).toBe('already_exported');
    expect(decideThumb({ isPositive: false }, { ...earlier, exported: true })).toBe('already_exported');
    expect(decideThumb({ isPositive: true }, claimed)).toBe('same');
    expect(decideThumb({ isPositive: true, comment: 'clear' }, claimed)).toBe('change');
  });

  it('comes too late when the first one was withdrawn, or there never was one', () => {
    expect(decideThumb({ isPositive: true }, { ...earlier, deletedAt: new Date(0) })).toBe('expired');
    expect(decideThumb({ isPositive: true }, undefined)).toBe('expired');
  });
});

describe('a request id', () => {
  it('passes when it looks like a UUID or a plain word', () => {
    fc.assert(fc.property(fc.uuid(), (id) => looksLikeRequestId(id)));
    expect(looksLikeRequestId('req_2024-05-01.17')).toBe(true);
  });

  it('is refused when it is empty, long, or holds anything else', () => {
    for (const id of ['', 'a'.repeat(129), 'a b', 'ä', '\0', '../stats', "1' OR '1'='1", '\ud800']) {
      expect(looksLikeRequestId(id)).toBe(false);
    }
  });
});
