import { createHash } from 'node:crypto';

/**
 * What a context keeps of a caller's key, so that the gate counts its first thumb in a stage only: 132 bits of a
 * hash under the rollout's salt, of another domain than the splitter's.
 */
export function hashOfKey(salt: string, key: string): string {
  return createHash('sha256').update(`${salt}:rater:${key}`).digest('base64url').slice(0, 22);
}
