import type { ContextStore, GatedStage } from './context.ts';

/** Thumbs come minutes after their answers, so the stage before the present one is still asked about for a while. */
const STAGES_KEPT = 3;

/**
 * Remembers whose key rated in which stage of which rollout, in memory only; the sets of older stages are dropped
 * as newer ones are seen.
 */
export function createFirstThumbs(): Pick<ContextStore, 'isFirstThumb' | 'forgetFirstThumb'> {
  const seen = new Map<string, Set<string>>();
  return {
    isFirstThumb: async (gate, assignmentHash) => {
      const name = nameOf(gate);
      const hashes = seen.get(name) ?? new Set();
      seen.set(name, hashes);
      const [oldest] = seen.keys();
      if (seen.size > STAGES_KEPT && oldest !== undefined) seen.delete(oldest);
      if (hashes.has(assignmentHash)) return false;
      hashes.add(assignmentHash);
      return true;
    },
    forgetFirstThumb: async (gate, assignmentHash) => void seen.get(nameOf(gate))?.delete(assignmentHash),
  };
}

function nameOf({ rolloutId, stage }: GatedStage): string {
  return `${rolloutId}:${stage}`;
}
