import type { DataSource } from 'typeorm';
import type { ArmFigures, TrafficMinute } from './watching.ts';

interface Arms {
  readonly rolloutId: string;
  readonly candidate: string;
  readonly baseline: string;
  /** Answers in histogram buckets above this one are slow; null: nothing counts as slow. */
  readonly slowAboveBucket: number | null;
}

export type FiguresStore = ReturnType<typeof createFiguresStore>;

/** The gate's view of the figures per minute that every API process writes. */
export function createFiguresStore({ db }: { db: DataSource }) {
  return {
    /** Settled minutes of this rollout after the given one, oldest first. */
    minutesAfter: (arms: Arms, countedMinute: string | null): Promise<TrafficMinute[]> =>
      minutesAfter(db, arms, countedMinute),
    /** Both arms' figures of the last interval under one generation, the running minute included. */
    lately: (arms: Arms, of: { generation: number; intervalMs: number }): Promise<TrafficMinute> =>
      lately(db, arms, of),
    /** Thumbs of the last seven days. */
    thumbsOf: (version: string): Promise<{ positives: number; ratings: number }> => thumbsOf(db, version),
    /** Answers per latency bucket in the last 24 hours. */
    latenciesOf: (version: string): Promise<number[]> => latenciesOf(db, version),
    /** Figures of the last 24 hours. */
    dayOf: (version: string, slowAboveBucket: number | null): Promise<ArmFigures> =>
      dayOf(db, version, slowAboveBucket),
  };
}

/** $1: the slow bucket. A blocked or failed request has no latency and is not slow. */
const COUNTS = `
  coalesce(sum(m.drawn), 0)::int AS drawn,
  coalesce(sum(m.answers + m.errors + m.blocked), 0)::int AS requests,
  coalesce(sum(m.errors), 0)::int AS errors,
  coalesce(sum(m.blocked), 0)::int AS blocked,
  coalesce(sum((SELECT sum(n) FROM unnest(m.latency_counts) WITH ORDINALITY AS bucket (n, i) WHERE i > $1::int + 1)), 0)::int AS slow`;

interface CountRow {
  drawn: number;
  requests: number;
  errors: number;
  blocked: number;
  slow: number;
}

interface ArmRow extends CountRow {
  of_candidate: boolean;
}

interface MinuteRow extends ArmRow {
  minute: Date;
  generation: string;
}

/** Every process has written a minute by half a minute after its end. */
const MINUTES_SQL = `
  SELECT m.minute, m.generation, m.model_version = $3 AS of_candidate, ${COUNTS}
  FROM metrics_minute m JOIN traffic_changes t USING (generation)
  WHERE t.rollout_id = $2 AND m.model_version IN ($3, $4)
    AND m.minute > coalesce($5::timestamptz, '-infinity') AND m.minute <= now() - interval '90 seconds'
  GROUP BY 1, 2, 3 ORDER BY 1, 2`;

async function minutesAfter(
  db: DataSource,
  arms: Arms,
  countedMinute: string | null,
): Promise<TrafficMinute[]> {
  const { rolloutId, candidate, baseline, slowAboveBucket } = arms;
  const rows: MinuteRow[] = await db.query(MINUTES_SQL, [
    slowAboveBucket,
    rolloutId,
    candidate,
    baseline,
    countedMinute,
  ]);
  const minutes = new Map<string, MinuteRow[]>();
  for (const row of rows) {
    const key = `${row.minute.toISOString()} ${row.generation}`;
    minutes.set(key, [...(minutes.get(key) ?? []), row]);
  }
  return [...minutes.entries()].map(([key, both]) => {
    const [minute = '', generation] = key.split(' ');
    return minuteOf({ minute, generation: Number(generation), rows: both, slowAboveBucket });
  });
}

const LATELY_SQL = `
  SELECT m.model_version = $2 AS of_candidate, ${COUNTS}
  FROM metrics_minute m
  WHERE m.model_version IN ($2, $3) AND m.generation = $4
    AND m.minute >= date_trunc('minute', now() - make_interval(secs => $5::double precision))
  GROUP BY 1`;

const SHORTEST_INTERVAL_MS = 60_000;

async function lately(
  db: DataSource,
  { candidate, baseline, slowAboveBucket }: Arms,
  { generation, intervalMs }: { generation: number; intervalMs: number },
): Promise<TrafficMinute> {
  const seconds = Math.max(intervalMs, SHORTEST_INTERVAL_MS) / 1000;
  const parameters = [slowAboveBucket, candidate, baseline, generation, seconds];
  const rows: ArmRow[] = await db.query(LATELY_SQL, parameters);
  return minuteOf({ minute: '', generation, rows, slowAboveBucket });
}

async function thumbsOf(db: DataSource, version: string): Promise<{ positives: number; ratings: number }> {
  const [row]: { positives: number; ratings: number }[] = await db.query(
    `SELECT (count(*) FILTER (WHERE is_positive))::int AS positives, count(*)::int AS ratings FROM ai_feedback
     WHERE model_version = $1 AND deleted_at IS NULL AND feedback_at > now() - interval '7 days'`,
    [version],
  );
  return row ?? { positives: 0, ratings: 0 };
}

async function latenciesOf(db: DataSource, version: string): Promise<number[]> {
  const rows: { answers: number }[] = await db.query(
    `SELECT sum(n)::int AS answers
     FROM metrics_minute m CROSS JOIN LATERAL unnest(m.latency_counts) WITH ORDINALITY AS bucket (n, i)
     WHERE m.model_version = $1 AND m.minute > now() - interval '24 hours' GROUP BY i ORDER BY i`,
    [version],
  );
  return rows.map(({ answers }) => answers);
}

async function dayOf(db: DataSource, version: string, slowAboveBucket: number | null): Promise<ArmFigures> {
  const rows: CountRow[] = await db.query(
    `SELECT ${COUNTS} FROM metrics_minute m WHERE m.model_version = $2 AND m.minute > now() - interval '24 hours'`,
    [slowAboveBucket, version],
  );
  return figuresOf(rows[0], slowAboveBucket);
}

function minuteOf(of: {
  minute: string;
  generation: number;
  rows: readonly ArmRow[];
  slowAboveBucket: number | null;
}): TrafficMinute {
  const { minute, generation, rows, slowAboveBucket } = of;
  return {
    minute,
    generation,
    candidate: figuresOf(
      rows.find((row) => row.of_candidate),
      slowAboveBucket,
    ),
    baseline: figuresOf(
      rows.find((row) => !row.of_candidate),
      slowAboveBucket,
    ),
  };
}

function figuresOf(row: CountRow | undefined, slowAboveBucket: number | null): ArmFigures {
  return {
    drawn: row?.drawn ?? 0,
    requests: row?.requests ?? 0,
    errors: row?.errors ?? 0,
    blocked: row?.blocked ?? 0,
    slow: slowAboveBucket === null ? null : (row?.slow ?? 0),
  };
}
