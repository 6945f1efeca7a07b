import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';

/** A model whose human votes in MT-bench stand for the thumbs on one of our versions. */
export type Voter = 'vicuna-13b-v1.2' | 'gpt-4' | 'llama-13b';

const Row = z.object({
  vote: z.number(),
  category: z.string(),
  model: z.string(),
  thumb: z.enum(['up', 'down']).nullable(),
});
type Row = z.infer<typeof Row>;

/** Categories about code and reasoning; the others are essays and role play. */
const TECHNICAL = new Set(['coding', 'math', 'reasoning', 'extraction']);

export interface Votes {
  /** The next vote on that model's answers, from the start again when all were used. */
  next: (voter: Voter) => 'up' | 'down';
  /** Share of thumbs up among all votes on the model. */
  rate: (voter: Voter) => number;
}

/** Human votes of MT-bench (CC-BY-4.0; see data/README.md), ties left out, in an order that is always the same. */
export function loadVotes(file: string): Votes {
  const rows = readRows(file)
    .filter(({ category, thumb }) => TECHNICAL.has(category) && thumb !== null)
    .sort((a, b) => (shuffled(a) < shuffled(b) ? -1 : 1));
  const used = new Map<Voter, number>();
  const votesOn = (voter: Voter) => rows.filter(({ model }) => model === voter);
  return {
    next: (voter) => {
      const votes = votesOn(voter);
      const at = used.get(voter) ?? 0;
      used.set(voter, at + 1);
      return votes[at % votes.length]?.thumb ?? 'down';
    },
    rate: (voter) => votesOn(voter).filter(({ thumb }) => thumb === 'up').length / votesOn(voter).length,
  };
}

/** The file is sorted by question, and one question's votes are alike: people don't come in that order. */
function shuffled({ vote, model }: Row): string {
  return createHash('sha256').update(`${vote}:${model}`).digest('hex');
}

function readRows(file: string): Row[] {
  const lines = gunzipSync(readFileSync(file)).toString('utf8').trim().split('\n');
  return lines.map((line) => Row.parse(JSON.parse(line)));
}
