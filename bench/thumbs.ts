import { join } from 'node:path';
import { z } from 'zod';
import { DIST } from '../src/compose/dist.ts';
import { send, sendAll } from './load.ts';
import { pgbench } from './postgres-tools.ts';
import { CONCURRENCY, type Rig, realQuestions } from './rig.ts';
import { compare, type Report, sideBySide } from './rounds.ts';

const THUMBS = 500;
const Answer = z.object({
  info: z.object({ request_id: z.string(), text: z.string(), model_version: z.string() }),
});
const Stats = z.object({ info: z.object({ total_count: z.number() }) });

/** Thumbs over HTTP, each committed when it is answered, beside pgbench with the same insert of the same texts. */
export async function measureThumbs({ apiUrl, databaseUrl, tell }: Rig): Promise<Report> {
  const [one] = realQuestions(1);
  if (!one) throw new Error('The data set holds no question');
  const question = { url: `${apiUrl}/api/v1/ai/explain`, body: one.body };
  const { text: response, model_version: model } = answerOf(await send(question));
  const count = async () =>
    Stats.parse(JSON.parse((await send({ url: `${apiUrl}/api/v1/ai/feedback/stats` })).text)).info
      .total_count;

  async function thumbs() {
    const { exchanges } = await sendAll(
      Array.from({ length: THUMBS }, () => question),
      CONCURRENCY,
    );
    const calls = exchanges.map((answered) => thumbUp(apiUrl, answerOf(answered).request_id));
    const before = await count();
    const { perSecond } = await sendAll(calls, CONCURRENCY);
    const stored = (await count()) - before;
    if (stored !== THUMBS) throw new Error(`${THUMBS} thumbs were given and ${stored} are stored`);
    return { perSecond };
  }

  const bench = { url: databaseUrl, script: join(DIST, '../bench/insert.sql'), concurrency: CONCURRENCY };
  const values = { prompt: one.prompt, response, model };
  const reference = async () => ({ perSecond: await pgbench({ ...bench, transactions: THUMBS, values }) });
  const pairs = await sideBySide(
    { name: 'thumbs', warmUp: 1, rounds: 7, thumbwheel: thumbs, reference },
    tell,
  );
  const labels = { unit: '1/s', better: 'higher', beside: 'pgbench, same insert' } as const;
  return { rows: [compare(pairs, 'perSecond', { ...labels, what: 'committed thumbs a second' })], notes: [] };
}

export function answerOf({ text }: { text: string }) {
  return Answer.parse(JSON.parse(text)).info;
}

export function thumbUp(apiUrl: string, requestId: string) {
  return { url: `${apiUrl}/api/v1/ai/feedback/${requestId}`, body: { is_positive: true } };
}
