/** Retries that each call earns: an outage is not made worse by more than a tenth. */
const EARNED_PER_CALL = 0.1;
const MOST_SAVED = 10;

export interface RetryBudget {
  /** One more call was made. */
  earn: () => void;
  /** Takes one retry out of the budget; false when there is none left. */
  spend: () => boolean;
}

/** A bucket that starts full, so that a quiet system may retry its first failures. */
export function createRetryBudget(): RetryBudget {
  let saved = MOST_SAVED;
  return {
    earn: () => {
      saved = Math.min(MOST_SAVED, saved + EARNED_PER_CALL);
    },
    spend: () => {
      if (saved < 1) return false;
      saved -= 1;
      return true;
    },
  };
}
