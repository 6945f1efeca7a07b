import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { fillTable, gatherSeeds } from './corpus.ts';
import { send } from './load.ts';
import { psql } from './postgres-tools.ts';
import { startProcess } from './processes.ts';
import type { Rig } from './rig.ts';
import { compare, median, type Report, sideBySide } from './rounds.ts';

const SIZES = [10_000, 100_000];

/** JSON.stringify and to_json escape alike; a quote and a delimiter that never occur keep CSV from quoting. */
const LINES = `SELECT '{"contents":[{"role":"user","parts":[{"text":' || to_json(prompt) ||
  '}]},{"role":"model","parts":[{"text":' || to_json(response) || '}]}]}'
  FROM ai_feedback WHERE is_positive AND deleted_at IS NULL ORDER BY id`.replaceAll(/\s+/g, ' ');
const CLAIM = `UPDATE ai_feedback SET batch_id = '00000000-0000-4000-8000-000000000000' WHERE batch_id IS NULL`;
const MARK = `UPDATE ai_feedback SET exported = TRUE, exported_at = now(), updated_at = now()
  WHERE batch_id = '00000000-0000-4000-8000-000000000000'`;

/** One round of so many rows takes a minute or two; it is there for the memory. */
const LARGE = 10_000;

const Exported = z.object({
  ms: z.number(),
  peakHeapBytes: z.number(),
  liveHeapBytes: z.number(),
  bytes: z.number(),
  sha256: z.string(),
});
type Memory = Record<'peakHeapBytes' | 'liveHeapBytes' | 'peakRssBytes', number>;
type Exported = Awaited<ReturnType<typeof runExport>>;

/** The worker's export and the HTTP download beside psql's \copy of the same lines, small and large. */
export async function measureExports(rig: Rig): Promise<Report> {
  await gatherSeeds(rig);
  const reports: Report[] = [];
  for (const rows of SIZES) reports.push(await measureSize(rig, rows));
  return { rows: reports.flatMap(({ rows }) => rows), notes: reports.flatMap(({ notes }) => notes) };
}

async function measureSize(rig: Rig, rows: number): Promise<Report> {
  const { databaseUrl, apiUrl, admin } = rig;
  const file = join(rig.folder, 'copied.jsonl');
  const copy = `\\copy (${LINES}) TO '${file}' WITH (FORMAT csv, QUOTE e'\\x01', DELIMITER e'\\x02')`;
  const rate = (ms: number) => (rows * 1000) / ms;
  const exports: Exported[] = [];

  async function thumbwheel() {
    await fillTable(rig, rows);
    const download = await send({ url: `${apiUrl}/api/v1/ai/feedback/export?days=7`, headers: admin });
    const plain = await runExport(rig, { mark: false });
    const marking = await runExport(rig, { mark: true });
    exports.push(marking);
    await psql(databaseUrl, copy);
    const lines = readFileSync(file);
    if (
      download.bytes !== lines.length ||
      marking.sha256 !== createHash('sha256').update(lines).digest('hex')
    )
      throw new Error('Export, download and \\copy wrote different lines, so their rates can’t be compared');
    return { download: rate(download.endMs), plain: rate(plain.ms), marking: rate(marking.ms) };
  }

  async function reference() {
    await fillTable(rig, rows);
    const copied = rate(await psql(databaseUrl, copy));
    return { download: copied, plain: copied, marking: rate(await psql(databaseUrl, CLAIM, copy, MARK)) };
  }

  const size = `${rows.toLocaleString('en')} rows`;
  const pairs = await sideBySide(
    { name: `exports of ${size}`, warmUp: 0, rounds: rows > LARGE ? 1 : 3, thumbwheel, reference },
    rig.tell,
  );
  const labels = { unit: 'rows/s', better: 'higher', beside: 'psql \\copy' } as const;
  return {
    rows: [
      compare(pairs, 'plain', { ...labels, what: `export without marking, ${size}` }),
      compare(pairs, 'download', { ...labels, what: `HTTP download, ${size}` }),
      compare(pairs, 'marking', {
        ...labels,
        what: `export, ${size}`,
        beside: 'psql update, \\copy, update',
      }),
    ],
    notes: [
      `Export of ${size} (${megabytes(exports, 'bytes')}): peak RSS ${megabytes(exports, 'peakRssBytes')}, ` +
        `peak heap ${megabytes(exports, 'peakHeapBytes')}${heldNote(exports)}.`,
    ],
  };
}

async function runExport({ databaseUrl, folder }: Rig, { mark }: { mark: boolean }) {
  const exportDir = join(folder, 'exports');
  rmSync(exportDir, { recursive: true, force: true });
  const child = startProcess({ role: 'export', args: { databaseUrl, exportDir, mark }, folder });
  const exported = Exported.parse(await child.message());
  const usage = await child.usage();
  await child.stop();
  return { ...exported, ...usage };
}

/** A small export may end before the first full collection. */
function heldNote(exports: Exported[]): string {
  const seen = exports.filter(({ liveHeapBytes }) => liveHeapBytes > 0);
  return seen.length > 0 ? `, of which full collections left ${megabytes(seen, 'liveHeapBytes')}` : '';
}

function megabytes(exports: Exported[], name: 'bytes' | keyof Memory): string {
  return `${Math.round(median(exports.map((exported) => exported[name])) / 1e6)} MB`;
}
