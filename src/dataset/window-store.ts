import type { DataSource } from 'typeorm';
import { pages } from './pages.ts';

/** A row with the columns of the first description, as `format=json` shows it. */
export interface WindowRow {
  id: number;
  created_at: Date;
  updated_at: Date;
  deleted_at: Date | null;
  request_id: string;
  request_type: string;
  prompt: string;
  response: string;
  is_positive: boolean;
  model_version: string;
  feedback_at: Date;
  exported: boolean;
  exported_at: Date | null;
}

export interface Window {
  days: number;
  /** Only thumbs up, or all of them. */
  thumbs: 'positive' | 'all';
}

const DAY_MS = 24 * 3600 * 1000;

const COLUMNS = `id, created_at, updated_at, deleted_at, request_id, request_type, prompt, response, is_positive,
  model_version, feedback_at, exported, exported_at`;

export type WindowStore = ReturnType<typeof createWindowStore>;

/** Reads the thumbs of the last days for a download; marks nothing. */
export function createWindowStore({ db }: { db: DataSource }) {
  return {
    rows: ({ days, thumbs }: Window): AsyncGenerator<WindowRow[]> => {
      const from = new Date(Date.now() - days * DAY_MS);
      const sql = `SELECT ${COLUMNS} FROM ai_feedback
        WHERE deleted_at IS NULL AND feedback_at >= $1 ${thumbs === 'positive' ? 'AND is_positive' : ''} AND id > $2
        ORDER BY id LIMIT $3`;
      return pages(
        ({ afterId, limit }) => db.query<WindowRow[]>(sql, [from, afterId, limit]),
        (row) => row.prompt.length + row.response.length,
      );
    },
  };
}
