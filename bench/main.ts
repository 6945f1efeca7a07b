import { tellStory } from '../src/demo/tell.ts';
import { measureAnswers } from './answers.ts';
import { measureExports } from './exports.ts';
import { isOnPath, TOOLS } from './postgres-tools.ts';
import { HEADER, tableRow, writeReport } from './report.ts';
import { type Rig, startRig } from './rig.ts';
import type { Report } from './rounds.ts';
import { measureThumbs } from './thumbs.ts';

interface Part {
  measure: (rig: Rig) => Promise<Report>;
  needs?: keyof typeof TOOLS;
}

const PARTS: Readonly<Record<string, Part>> = {
  answers: { measure: measureAnswers },
  thumbs: { measure: measureThumbs, needs: 'pgbench' },
  exports: { measure: measureExports, needs: 'psql' },
};

const say = (line: string) => void process.stdout.write(`${line}\n`);

/** `npm run bench`, or `npm run bench -- thumbs exports` for some parts; answers the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const unknown = args.find((name) => !Object.hasOwn(PARTS, name));
  if (unknown !== undefined) {
    say(`There is no part "${unknown}". Known are: ${Object.keys(PARTS).join(', ')}.`);
    return 1;
  }
  const { step, table } = tellStory(say);
  const stopped = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'])
      process.on(signal, () => reject(new Error(`Stopped by ${signal}.`)));
  });
  stopped.catch(() => undefined);
  step('Starting PostgreSQL, the emulator, the API and the reference …');
  const rig = await startRig(step);
  try {
    const report = await Promise.race([
      stopped,
      measureAll(rig, args.length > 0 ? args : Object.keys(PARTS)),
    ]);
    table(HEADER, report.rows.map(tableRow));
    for (const note of report.notes) say(note);
    say(
      `\nKept in ${writeReport(report, new Date().toISOString())}. Ratios can be compared between runs, figures can’t.`,
    );
    return 0;
  } finally {
    await rig.stop();
  }
}

async function measureAll(rig: Rig, names: readonly string[]): Promise<Report> {
  const all: Report = { rows: [], notes: [] };
  for (const [name, { measure, needs }] of Object.entries(PARTS)) {
    if (!names.includes(name)) continue;
    const isLacking = needs && !(await isOnPath(needs));
    const { rows, notes } = isLacking
      ? { rows: [], notes: [`Left out: ${name}. ${TOOLS[needs]}.`] }
      : await measure(rig);
    all.rows.push(...rows);
    all.notes.push(...notes);
  }
  return all;
}
