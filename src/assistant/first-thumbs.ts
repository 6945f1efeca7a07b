import type { ContextStore } from './context.ts';

/** Thumbs come minutes after their answers, so the stage before the present one is still asked about for a while. */
const STAGES_KEPT = 3;

/**
 * Remembers whose key rated in which stage of which rollout, in memory only; the sets of older stages are dropped
 * as newer ones are seen.
 */
export function createFirstThumbs(): Pick<ContextStore, 'isFirstThumb'> {
  const seen = new Map<string, Set<string>>();
  return {
    isFirstThumb: async ({ rolloutId, stage }, assignmentHash) => {
      const name = `${rolloutId}:${stage}`;
      const hashes = seen.get(name) ?? new Set();
      seen.set(name, hashes);
      const [oldest] = seen.keys();
      if (seen.size > STAGES_KEPT && oldest !== undefined) seen.delete(oldest);
      if (hashes.has(assignmentHash)) return false;
      hashes.add(assignmentHash);
      return true;
    },
  };
}
