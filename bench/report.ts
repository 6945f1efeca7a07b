import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { DIST, VERSION } from '../src/compose/dist.ts';
import type { Report, Row } from './rounds.ts';

/** Keeps the figures beside those of earlier runs; answers the file's path, from the project's root. */
export function writeReport(report: Report, at: string): string {
  const file = `bench/results/${at.slice(0, 19).replaceAll(':', '-')}Z.json`;
  mkdirSync(join(DIST, '../bench/results'), { recursive: true });
  const machine = { cpus: cpus().length, cpu: cpus()[0]?.model, memoryBytes: totalmem() };
  const whole = { at, version: VERSION, node: process.version, machine, ...report };
  writeFileSync(join(DIST, '..', file), `${JSON.stringify(whole, null, 2)}\n`);
  return file;
}

export const HEADER = [
  'what',
  'unit',
  'Thumbwheel',
  'reference',
  'ratio',
  'least – most',
  'better',
  'beside',
];

export function tableRow({
  what,
  unit,
  thumbwheel,
  reference,
  ratio,
  ratios,
  better,
  beside,
}: Row): string[] {
  const range = ratios.map((value) => value.toFixed(2)).join(' – ');
  return [what, unit, rounded(thumbwheel), rounded(reference), ratio.toFixed(2), range, better, beside];
}

function rounded(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
}
