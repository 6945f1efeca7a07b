/** One line of the table: medians over the rounds, and Thumbwheel's figure divided by the reference's. */
export interface Row {
  what: string;
  unit: string;
  thumbwheel: number;
  reference: number;
  ratio: number;
  ratios: [least: number, greatest: number];
  better: 'higher' | 'lower';
  beside: string;
}

export interface Report {
  rows: Row[];
  notes: string[];
}

type Figures<Name extends string> = Record<Name, number>;
export type Pair<Name extends string> = Record<'thumbwheel' | 'reference', Figures<Name>>;

/** What is measured in turn, A B A B …; the first `warmUp` rounds do not count. */
export interface Rounds<Name extends string> {
  name: string;
  warmUp: number;
  rounds: number;
  thumbwheel: () => Promise<Figures<Name>>;
  reference: () => Promise<Figures<Name>>;
}

export async function sideBySide<Name extends string>(
  { name, warmUp, rounds, thumbwheel, reference }: Rounds<Name>,
  tell: (text: string) => void,
): Promise<Pair<Name>[]> {
  const pairs: Pair<Name>[] = [];
  for (let round = 1 - warmUp; round <= rounds; round += 1) {
    tell(`${name}: ${round < 1 ? 'warming up' : `round ${round} of ${rounds}`} …`);
    pairs.push({ thumbwheel: await thumbwheel(), reference: await reference() });
  }
  return pairs.slice(warmUp);
}

/** Compares pair by pair: what else the machine did meanwhile, it did to both. */
export function compare<Name extends string>(
  pairs: readonly Pair<Name>[],
  name: NoInfer<Name>,
  labels: Pick<Row, 'what' | 'unit' | 'better' | 'beside'>,
): Row {
  const ratios = pairs.map(({ thumbwheel, reference }) => thumbwheel[name] / reference[name]);
  return {
    ...labels,
    thumbwheel: median(pairs.map(({ thumbwheel }) => thumbwheel[name])),
    reference: median(pairs.map(({ reference }) => reference[name])),
    ratio: median(ratios),
    ratios: [Math.min(...ratios), Math.max(...ratios)],
  };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low = Number.NaN, high = low] = sorted.slice((sorted.length - 1) / 2, sorted.length / 2 + 1);
  return (low + high) / 2;
}
