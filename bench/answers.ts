import { type Call, sendAll } from './load.ts';
import type { Process } from './processes.ts';
import { CONCURRENCY, type Question, type Rig, realQuestions } from './rig.ts';
import { compare, median, type Pair, type Report, sideBySide } from './rounds.ts';

const ANSWERS = 400;
const STREAMS = 100;

/** Answers as JSON under load, and streams one at a time, beside the smallest route that asks the same SDK. */
export async function measureAnswers(rig: Rig): Promise<Report> {
  const { api, apiUrl, reference, referenceUrl, tell } = rig;
  const sse = { accept: 'text/event-stream' };
  const json = await sideBySide(
    {
      name: 'answers',
      warmUp: 2,
      rounds: 9,
      thumbwheel: () => answers(rig, api, ({ body }) => ({ url: `${apiUrl}/api/v1/ai/explain`, body })),
      reference: () =>
        answers(rig, reference, ({ prompt }) => ({ url: `${referenceUrl}/answer`, body: { prompt } })),
    },
    tell,
  );
  const streamed = await sideBySide(
    {
      name: 'streams',
      warmUp: 2,
      rounds: 9,
      thumbwheel: () =>
        streams(api, ({ body }) => ({ url: `${apiUrl}/api/v1/ai/explain`, body, headers: sse })),
      reference: () =>
        streams(reference, ({ prompt }) => ({ url: `${referenceUrl}/stream`, body: { prompt } })),
    },
    tell,
  );
  const labels = { unit: 'ms', better: 'lower', beside: 'smallest Express 5 route, same SDK' } as const;
  return {
    rows: [
      compare(json, 'perSecond', { ...labels, what: 'answers a second', unit: '1/s', better: 'higher' }),
      compare(json, 'serverCpuMs', { ...labels, what: 'server’s CPU an answer' }),
      compare(streamed, 'firstMs', { ...labels, what: 'stream’s first delta' }),
      compare(streamed, 'endMs', { ...labels, what: 'stream’s end' }),
      compare(streamed, 'serverCpuMs', { ...labels, what: 'server’s CPU a stream' }),
    ],
    notes: [
      `Of the CPU in the rounds of answers, ${shares(json, 'thumbwheel')}; ${shares(json, 'reference')}.`,
    ],
  };
}

type CallFor = (question: Question) => Call;

async function answers({ emulator }: Rig, server: Process, callFor: CallFor) {
  const used = async () => [
    (await server.usage()).cpuMs,
    (await emulator.usage()).cpuMs,
    process.cpuUsage().user / 1000 + process.cpuUsage().system / 1000,
  ];
  const before = await used();
  const { perSecond } = await sendAll(realQuestions(ANSWERS).map(callFor), CONCURRENCY);
  const [serverMs = 0, emulatorMs = 0, clientMs = 0] = (await used()).map((ms, at) => ms - (before[at] ?? 0));
  const allMs = serverMs + emulatorMs + clientMs;
  return {
    perSecond,
    serverCpuMs: serverMs / ANSWERS,
    emulatorShare: emulatorMs / allMs,
    clientShare: clientMs / allMs,
  };
}

/** One at a time, so that what is measured is the way of an answer and not a queue. */
async function streams(server: Process, callFor: CallFor) {
  const before = await server.usage();
  const { exchanges } = await sendAll(realQuestions(STREAMS).map(callFor), 1);
  const { cpuMs } = await server.usage();
  return {
    firstMs: median(exchanges.map(({ firstMs }) => firstMs)),
    endMs: median(exchanges.map(({ endMs }) => endMs)),
    serverCpuMs: (cpuMs - before.cpuMs) / STREAMS,
  };
}

function shares(pairs: readonly Pair<'emulatorShare' | 'clientShare'>[], side: 'thumbwheel' | 'reference') {
  const percent = (name: 'emulatorShare' | 'clientShare') =>
    `${Math.round(100 * median(pairs.map((pair) => pair[side][name])))} %`;
  return `the emulator took ${percent('emulatorShare')} and the load client ${percent('clientShare')} beside ${side}`;
}
