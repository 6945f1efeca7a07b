import { closeSync, openSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { type Logger, multistream, pino, type StreamEntry, stdSerializers } from 'pino';
import { createStream } from 'rotating-file-stream';
import { makeFolder } from './make-folder.ts';

/** Structured log: one JSON line an event, `{event: 'room.thing', …ids}` and a sentence. */
export type Log = Logger;

export interface LogOptions {
  level: string;
  /** Also written here, rotated at 10 MB, five files kept; undefined = stdout only. */
  file?: string | undefined;
  /** `silent`: in the file only, for a program that tells its own story. */
  stdout?: 'silent';
}

export interface OpenLog {
  log: Log;
  close: () => Promise<void>;
}

/** A log file that can't be written; its message alone is shown. */
export class LogFileError extends Error {
  override readonly name = 'LogFileError';
}

/**
 * Opens the log on stdout and, where asked for, in a file that rotates by itself.
 * @throws LogFileError when its folder can't be made or the file can't be written.
 */
export function openLog(options: LogOptions): OpenLog {
  const streams: StreamEntry[] =
    options.stdout === 'silent' ? [] : [{ stream: process.stdout, level: 'trace' }];
  const file = options.file ? openRotatingFile(options.file) : undefined;
  if (file) streams.push({ stream: file, level: 'trace' });
  const log = pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: safeError },
      messageKey: 'message',
    },
    multistream(streams),
  );
  return { log, close: () => new Promise((done) => (file ? file.end(() => done()) : done())) };
}

function openRotatingFile(path: string) {
  const folder = dirname(resolve(path));
  try {
    makeFolder(folder);
    closeSync(openSync(resolve(path), 'a'));
  } catch (error) {
    throw cannotWrite(path, error);
  }
  const file = createStream(basename(path), { path: folder, size: '10M', maxFiles: 5 });
  // A disk that fills up later must not end the answers: the lines are on stdout as well.
  file.once('error', (error) => process.stderr.write(`${cannotWrite(path, error).message}\n`));
  file.on('error', () => undefined);
  return file;
}

function cannotWrite(path: string, error: unknown): LogFileError {
  const why = error instanceof Error ? error.message : String(error);
  return new LogFileError(
    `The log file ${path} can’t be written (${why}). Set LOG_FILE to another place, or to nothing for stdout only.`,
    { cause: error },
  );
}

/**
 * Database errors carry the parameters of the query, that is prompts: only safe fields are kept. Not everything that
 * is logged as an error is one: Temporal's native core hands over a text.
 */
function safeError(error: unknown): Record<string, unknown> {
  if (!isErrorLike(error)) return { message: String(error) };
  const { type, message, stack } = stdSerializers.err(error);
  const code = 'code' in error ? error.code : undefined;
  return { type, message, code, stack };
}

function isErrorLike(error: unknown): error is Error {
  return typeof error === 'object' && error !== null && 'message' in error && 'stack' in error;
}
