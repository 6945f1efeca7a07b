/** The label that further segments count as. */
export const OTHER_SEGMENT = 'other';

const MAX_SEGMENTS = 50;

/**
 * Lets at most 50 different segments through in the life of the process; later ones read `other`, so that
 * nobody smuggles identities in as segments.
 */
export function createSegments(): { admit: (segment: string | undefined) => string | undefined } {
  const known = new Set<string>();
  return {
    admit: (segment) => {
      if (segment === undefined || known.has(segment)) return segment;
      if (known.size >= MAX_SEGMENTS) return OTHER_SEGMENT;
      known.add(segment);
      return segment;
    },
  };
}
