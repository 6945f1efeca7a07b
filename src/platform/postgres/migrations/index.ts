import { FeedbackAndModels1764100000000 } from './1764100000000-feedback-and-models.ts';
import { TheLoop1764100000001 } from './1764100000001-the-loop.ts';
import { Untrained1764100000002 } from './1764100000002-untrained.ts';

/** In the order in which they run; only ever appended to. */
export const MIGRATIONS = [FeedbackAndModels1764100000000, TheLoop1764100000001, Untrained1764100000002];
