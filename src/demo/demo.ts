import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { onStopSignal } from '../stop-signals.ts';
import { type Crowd, gatherCrowd } from './crowd.ts';
import { DemoError, type Door, openDoor } from './door.ts';
import { questions } from './questions.ts';
import { type System, startSystem } from './system.ts';
import { type Story, tellStory } from './tell.ts';
import { loadVotes, type Voter, type Votes } from './votes.ts';
import { liveThroughNight, type RolloutItem, watchRollout } from './watching.ts';

/** The build copies no data: it lies in the sources, which stand beside `dist`. */
const SOURCES = join(import.meta.dirname, '../../../src');
const VOTES = join(SOURCES, 'demo/data/mtbench_thumbs.jsonl.gz');
const QUESTIONS = join(SOURCES, 'emulator/data/code_questions.jsonl.gz');

const BASE = 'gemini-3.5-flash-lite';
const BASE_VOTER = 'vicuna-13b-v1.2';
/** Enough that more than a hundred thumbs up are left for the first tuning. */
const FIRST_QUESTIONS = 330;
/** A last resort: a stage that shows nothing in its time is rolled back by the gate itself. */
const ROLLOUT_WITHIN_MS = 15 * 60_000;

interface Stage {
  system: System;
  door: Door;
  crowd: Crowd;
  votes: Votes;
  voters: Map<string, Voter>;
  story: Story;
}

/** Plays the whole loop on real questions and real votes; answers the exit code. */
export async function runDemo(args: readonly string[], say: (line: string) => void): Promise<number> {
  const stop = new AbortController();
  const asked = new Promise<void>((done) => {
    onStopSignal(() => {
      stop.abort(new Error('asked to stop'));
      done();
    });
  });
  const story = tellStory(say);
  story.step('Starting a Thumbwheel of its own in .demo-data, beside yours if one runs …');
  const system = await startSystem(story.detail, stop.signal);
  try {
    const played = await Promise.race([
      play(system, story),
      asked.then(() => 'stopped' as const),
      system.failed,
    ]);
    if (played === 'stopped') return 1;
    const stays = process.stdout.isTTY && !args.includes('--exit');
    if (stays) {
      say('It stays up so that the links work. Stop it with Ctrl-C.');
      await asked;
    } else {
      say('It ends here, and its links with it; at a terminal, without `-- --exit`, it stays up.');
    }
    return 0;
  } finally {
    await system.stop();
  }
}

async function play(system: System, story: Story): Promise<'played'> {
  const votes = loadVotes(VOTES);
  const voters = new Map<string, Voter>([[BASE, BASE_VOTER]]);
  const door = openDoor(system);
  const crowd = gatherCrowd({
    door,
    questions: questions(QUESTIONS),
    votes,
    voterOf: (version) => voters.get(version) ?? BASE_VOTER,
  });
  const stage: Stage = { system, door, crowd, votes, voters, story };
  story.step(`Up. Page ${system.baseUrl}, Temporal Web UI ${system.temporalUiUrl}`);

  await setQuality(stage, { model: BASE, quality: votes.rate(BASE_VOTER) }, 'models');
  story.step(
    `${FIRST_QUESTIONS} real coding questions are asked; the thumbs are people’s votes on ${BASE_VOTER}`,
  );
  await crowd.ask(FIRST_QUESTIONS);
  tellTally(stage, BASE);

  const better = await tuneAndRoll(stage, 'gpt-4', 'promoted');
  const worse = await tuneAndRoll(stage, 'llama-13b', 'rolled_back');
  close(stage, [better, worse]);
  return 'played';
}

interface Played {
  rollout: RolloutItem;
  voter: Voter;
}

/** One night and the rollout that comes of it, which must end as the votes say. */
async function tuneAndRoll(
  stage: Stage,
  voter: Voter,
  expected: 'promoted' | 'rolled_back',
): Promise<Played> {
  const { door, crowd, votes, voters, story, system } = stage;
  await setQuality(stage, { behaviour: { quality: votes.rate(voter) } }, 'tuned');
  story.step(`The night’s pipeline is started by hand; the tuned model will be as good as ${voter}`);
  const candidate = await liveThroughNight(door, story);
  voters.set(candidate, voter);
  story.step(`${candidate} is tuned and registered; its rollout begins`);
  const watched = watchRollout(door, candidate, story);
  let done = false;
  const turn = () => (done ? 'over' : watched.seen()?.stage === 10 ? 'now' : 'wait');
  const steered = expected === 'promoted' ? pauseAndResume(system, story, turn) : undefined;
  const ended = withinTime(watched.ended).finally(() => {
    done = true;
  });
  await Promise.all([crowd.askUntil(() => done), ended, steered]);
  const rollout = await ended;
  if (rollout.outcome !== expected)
    throw new DemoError(
      `${candidate} was expected to be ${expected}, and ended as ${rollout.outcome}: ${rollout.reason}`,
    );
  const outcome = rollout.outcome.replace('_', ' ');
  story.step(`${candidate} is ${outcome}: ${(rollout.reason ?? '').replace(`${outcome}: `, '')}`);
  tellTally(stage, candidate);
  return { rollout, voter };
}

/** An operator's hand, as the Web UI or `temporal workflow signal` would send it. */
async function pauseAndResume(
  { temporalAddress }: System,
  story: Story,
  turn: () => 'wait' | 'now' | 'over',
): Promise<void> {
  while (turn() === 'wait') await new Promise((done) => setTimeout(done, 100));
  if (turn() === 'over') return;
  const connection = await Connection.connect({ address: temporalAddress });
  const handle = new Client({ connection }).workflow.getHandle('rollout');
  await handle.signal('pause', 'the demo shows how');
  story.detail('signal pause: the weights stay, the gate goes on watching');
  await new Promise((done) => setTimeout(done, 2_000));
  await handle.signal('resume', 'seen');
  story.detail('signal resume');
  await connection.close();
}

function withinTime(ended: Promise<RolloutItem>): Promise<RolloutItem> {
  const late = new Promise<never>((_, fail) => {
    setTimeout(
      () => fail(new DemoError(`The rollout did not end within ${ROLLOUT_WITHIN_MS / 60_000} minutes`)),
      ROLLOUT_WITHIN_MS,
    ).unref();
  });
  return Promise.race([ended, late]);
}

async function setQuality({ system }: Stage, knob: object, kind: 'models' | 'tuned'): Promise<void> {
  const response = await fetch(`${system.emulatorUrl}/__emulator/${kind}`, {
    method: 'POST',
    body: JSON.stringify(knob),
  });
  if (!response.ok) throw new DemoError(`The emulator refused the quality: ${await response.text()}`);
}

function tellTally({ crowd, story }: Stage, version: string): void {
  const { answers, up, down } = crowd.tally.get(version) ?? { answers: 0, up: 0, down: 0 };
  story.detail(`${version}: ${answers} answers, ${up} thumbs up, ${down} down`);
}

function close({ crowd, voters, story, system }: Stage, played: Played[]): void {
  const rows = [...crowd.tally].map(([version, { answers, up, down }]) => {
    const outcome =
      played.find(({ rollout }) => rollout.candidate === version)?.rollout.outcome ?? 'baseline';
    return [
      version,
      voters.get(version) ?? '',
      String(answers),
      String(up),
      String(down),
      `${((100 * up) / (up + down)).toFixed(0)} %`,
      outcome.replace('_', ' '),
    ];
  });
  story.table(['version', 'votes of', 'answers', 'up', 'down', 'share up', 'outcome'], rows);
  story.detail(`Page             ${system.baseUrl}`);
  story.detail(`Temporal Web UI  ${system.temporalUiUrl} (pipelines, rollouts, their signals)`);
  for (const { rollout } of played) story.detail(`${rollout.candidate}  ${rollout.web_ui_url ?? ''}`);
  story.detail(`Log              ${system.logFile}`);
}
