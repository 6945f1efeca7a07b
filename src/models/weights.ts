import { AppError } from '../errors.ts';

/** Percent by version name; those above 0 add up to 100. */
export type Weights = Readonly<Record<string, number>>;

/** Gives a version its weight; the rest stays with the version that had most. */
export function activated(weights: Weights, versionName: string, percent: number): Record<string, number> {
  const heaviest = heaviestBut(weights, versionName);
  if (percent === 100 || heaviest === undefined) return { [versionName]: 100 };
  return { [versionName]: percent, [heaviest]: 100 - percent };
}

/**
 * Takes a version's weight away; what it had goes to the version that has most.
 * @throws AppError `last_active` when no other version is active.
 */
export function deactivated(weights: Weights, versionName: string): Record<string, number> {
  const share = weights[versionName] ?? 0;
  if (share === 0) return { ...weights };
  const heaviest = heaviestBut(weights, versionName);
  if (heaviest === undefined) {
    throw new AppError(
      'last_active',
      `${versionName} is the only active version, so it can't be deactivated`,
    );
  }
  const rest = Object.fromEntries(Object.entries(weights).filter(([name]) => name !== versionName));
  return { ...rest, [heaviest]: (weights[heaviest] ?? 0) + share };
}

/** The version with the highest weight; ties go to the first name in the alphabet. */
export function heaviest(weights: Weights): string | undefined {
  return heaviestBut(weights, undefined);
}

export function sameWeights(a: Weights, b: Weights): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => (a[name] ?? 0) === (b[name] ?? 0));
}

function heaviestBut(weights: Weights, but: string | undefined): string | undefined {
  const [first] = Object.entries(weights)
    .filter(([name, percent]) => name !== but && percent > 0)
    .sort(([nameA, a], [nameB, b]) => b - a || (nameA < nameB ? -1 : 1));
  return first?.[0];
}
