import type { AnswerSample } from '../metrics/recorder.ts';

const IN_A_ROW = 3;
const RECENT_MS = 60_000;

export interface RecentAnswers {
  answer: (sample: Pick<AnswerSample, 'outcome'>) => void;
  /** How many calls in a row have failed, where that is worth telling; 0 when Gemini answers, or nobody asks. */
  failures: () => number;
}

/** Whether Gemini answers, as the latest calls tell it: asking by itself would cost money. */
export function createRecentAnswers(now: () => number = Date.now): RecentAnswers {
  let failed = 0;
  let lastAt = 0;
  return {
    answer: ({ outcome }) => {
      if (outcome === 'caller_gone') return;
      failed = outcome === 'failed' ? failed + 1 : 0;
      lastAt = now();
    },
    failures: () => (failed >= IN_A_ROW && now() - lastAt < RECENT_MS ? failed : 0),
  };
}
