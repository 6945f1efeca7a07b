/**
 * What is known of Gemini base models: when they end, what follows them, whether Vertex tunes them.
 * Source: Google's model versions and supervised tuning pages, as of November 2026. `endsOn` is the first
 * day on which the model may no longer answer; new tuning is refused one month before.
 */
export interface BaseModel {
  endsOn?: string;
  successor?: string;
  tunable: boolean;
}

export const BASE_MODELS: Readonly<Record<string, BaseModel>> = {
  'gemini-1.5-flash': { endsOn: '2025-09-24', successor: 'gemini-3.5-flash-lite', tunable: false },
  'gemini-1.5-pro': { endsOn: '2025-09-24', successor: 'gemini-3.5-flash', tunable: false },
  'gemini-2.0-flash': { endsOn: '2026-06-01', successor: 'gemini-3.5-flash', tunable: false },
  'gemini-2.0-flash-lite': { endsOn: '2026-06-01', successor: 'gemini-3.5-flash-lite', tunable: false },
  'gemini-2.5-pro': { endsOn: '2026-10-20', successor: 'gemini-3.5-flash', tunable: false },
  'gemini-2.5-flash': { endsOn: '2026-10-20', successor: 'gemini-3.5-flash-lite', tunable: false },
  'gemini-2.5-flash-lite': { endsOn: '2026-10-20', successor: 'gemini-3.5-flash-lite', tunable: false },
  'gemini-3.1-flash-lite': { endsOn: '2027-05-07', tunable: true },
  'gemini-3.5-flash': { endsOn: '2027-05-19', tunable: true },
  'gemini-3.5-flash-lite': { endsOn: '2027-07-21', tunable: true },
  'gemini-3.6-flash': { tunable: false },
  'gemini-3.7-flash': { tunable: false },
  'gemini-3.8-flash': { tunable: false },
};

export interface BaseModelTable {
  /** ISO date on which the model ends; undefined when no date is known. */
  endsOn: (model: string) => string | undefined;
  hasEnded: (model: string, now: Date) => boolean;
  successor: (model: string) => string | undefined;
  /** Why the model can't be tuned now, or undefined when it can. */
  whyNotTunable: (model: string, now: Date) => string | undefined;
}

/** A numbered build (`gemini-2.0-flash-001`) ends with its model. */
const baseOf = (model: string) => model.replace(/-\d{3}$/, '');
const known = (model: string): BaseModel | undefined => BASE_MODELS[baseOf(model)];

const TUNING_STOPS_BEFORE_END_MS = 30 * 24 * 3600 * 1000;

/** The table with an operator's dates laid over it, for dates that Google moves. */
export function baseModelTable(endDates: Readonly<Record<string, string>>): BaseModelTable {
  const endsOn = (model: string) => endDates[model] ?? endDates[baseOf(model)] ?? known(model)?.endsOn;
  const endsAt = (model: string) => Date.parse(endsOn(model) ?? '9999-12-31');
  return {
    endsOn,
    hasEnded: (model, now) => now.getTime() >= endsAt(model),
    successor: (model) => known(model)?.successor,
    whyNotTunable: (model, now) => {
      if (now.getTime() >= endsAt(model)) return `${model} ended on ${endsOn(model)}`;
      if (now.getTime() >= endsAt(model) - TUNING_STOPS_BEFORE_END_MS) {
        return `${model} ends on ${endsOn(model)}, and Google takes no new tuning in its last month`;
      }
      // A model that this table doesn't know may be newer than the table: Google decides.
      return known(model)?.tunable === false ? `Google does not tune ${model}` : undefined;
    },
  };
}
