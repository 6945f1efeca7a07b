import { z } from 'zod';
import type { Door } from './door.ts';
import type { Question } from './questions.ts';
import type { Voter, Votes } from './votes.ts';

const Answer = z.object({ request_id: z.string(), model_version: z.string() });
const Thumb = z.object({ changed: z.boolean() });

export interface Tally {
  answers: number;
  up: number;
  down: number;
}

export interface Crowd {
  /** Asks and rates so many questions, several people at a time. */
  ask: (howMany: number) => Promise<void>;
  /** Asks and rates until the condition holds. */
  askUntil: (done: () => boolean) => Promise<void>;
  /** What came together for each version. */
  tally: ReadonlyMap<string, Tally>;
}

const PEOPLE = 6;

export interface CrowdOptions {
  door: Door;
  questions: Iterator<Question, never>;
  votes: Votes;
  /** Whose votes stand for the thumbs on a version. */
  voterOf: (versionName: string) => Voter;
}

/** People who ask real questions; each thumb is a real vote on the model that stands for the version. */
export function gatherCrowd({ door, questions, votes, voterOf }: CrowdOptions): Crowd {
  const tally = new Map<string, Tally>();

  async function askOnce(): Promise<void> {
    const { path, body } = questions.next().value;
    const answer = await door.post(path, body, Answer);
    const thumb = votes.next(voterOf(answer.model_version));
    await door.post(`/api/v1/ai/feedback/${answer.request_id}`, { is_positive: thumb === 'up' }, Thumb);
    const seen = tally.get(answer.model_version) ?? { answers: 0, up: 0, down: 0 };
    tally.set(answer.model_version, { ...seen, answers: seen.answers + 1, [thumb]: seen[thumb] + 1 });
  }

  async function askUntil(done: () => boolean): Promise<void> {
    const person = async () => {
      while (!done()) await askOnce();
    };
    await Promise.all(Array.from({ length: PEOPLE }, person));
  }

  return {
    ask: (howMany) => {
      let left = howMany;
      return askUntil(() => left-- <= 0);
    },
    askUntil,
    tally,
  };
}
