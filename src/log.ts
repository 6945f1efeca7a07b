import { mkdirSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { type Logger, multistream, pino, type StreamEntry, stdSerializers } from 'pino';
import { createStream } from 'rotating-file-stream';

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

/** Opens the log on stdout and, where asked for, in a file that rotates by itself. */
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
  mkdirSync(dirname(resolve(path)), { recursive: true });
  return createStream(basename(path), { path: dirname(resolve(path)), size: '10M', maxFiles: 5 });
}

/** Database errors carry the parameters of the query, that is prompts: only safe fields are kept. */
function safeError(error: Error): Record<string, unknown> {
  const { type, message, stack } = stdSerializers.err(error);
  const code = 'code' in error ? error.code : undefined;
  return { type, message, code, stack };
}
