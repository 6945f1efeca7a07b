/** Node's codes of a connection that can't be had, and PostgreSQL's of a server that stops, starts or only reads. */
const DOWN_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  '57P01',
  '57P02',
  '57P03',
  '57P05',
  '25006',
  '58030',
]);

/** SQLSTATE classes: connection exception; insufficient resources (connections, memory, a full disk). */
const DOWN_CLASSES = ['08', '53'];

const DOWN_TEXTS = [
  'Connection terminated',
  'timeout exceeded when trying to connect',
  'Query read timeout',
  'Query runner already released',

  'Client has encountered a connection error',
  'Cannot use a pool after calling end',
  'the database system is',
];

/** True when the database itself can't be reached or is frozen, so that trying again later helps. */
export function isDatabaseDown(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError && error.errors.some(isDatabaseDown)) return true;
  const code = 'code' in error ? String(error.code) : '';
  return isDownCode(code) || DOWN_TEXTS.some((text) => error.message.includes(text));
}

function isDownCode(code: string): boolean {
  return DOWN_CODES.has(code) || (code.length === 5 && DOWN_CLASSES.some((start) => code.startsWith(start)));
}
