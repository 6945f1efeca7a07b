import { redact } from '../src/dataset/redact.ts';
import { sendAll } from './load.ts';
import { psql } from './postgres-tools.ts';
import { CONCURRENCY, type Rig, realQuestions } from './rig.ts';
import { answerOf, thumbUp } from './thumbs.ts';

const SEEDS = 200;
const COLUMNS = 'request_type, prompt, response, model_version, is_positive, feedback_at';

/**
 * Liked answers to real questions, stored through the API, for `fillTable` to multiply. Those with something to
 * redact are left out: SQL could not write the same lines.
 */
export async function gatherSeeds({ apiUrl, databaseUrl }: Rig): Promise<void> {
  await psql(databaseUrl, 'TRUNCATE ai_feedback');
  const clean = realQuestions(SEEDS).filter(({ prompt }) => redact(prompt).text === prompt);
  const calls = clean.map(({ body }) => ({ url: `${apiUrl}/api/v1/ai/explain`, body }));
  const answers = (await sendAll(calls, CONCURRENCY)).exchanges.map(answerOf);
  const liked = answers.filter(({ text }) => redact(text).text === text);
  await sendAll(
    liked.map(({ request_id }) => thumbUp(apiUrl, request_id)),
    CONCURRENCY,
  );
  const seeds = `SELECT row_number() OVER () - 1 AS place, ${COLUMNS} FROM ai_feedback`;
  await psql(databaseUrl, `CREATE TABLE bench_seed AS ${seeds}`);
}

/** Fills the table anew, so that each measurement finds the same fresh rows. */
export async function fillTable({ databaseUrl }: Rig, rows: number): Promise<void> {
  await psql(
    databaseUrl,
    'TRUNCATE ai_feedback RESTART IDENTITY',
    `INSERT INTO ai_feedback (request_id, ${COLUMNS})
       SELECT gen_random_uuid()::text, ${COLUMNS} FROM generate_series(0, ${rows - 1}) AS number
       JOIN bench_seed ON place = number % (SELECT count(*) FROM bench_seed) ORDER BY number`,
    'VACUUM ANALYZE ai_feedback',
    'CHECKPOINT',
  );
}
