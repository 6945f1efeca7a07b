import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SHORTEST_TOKEN = 16;

export interface AdminToken {
  token: string;
  /** Completes "The admin token is …". */
  place: string;
  /** A file that curl takes with `-H @file`; only where the token was made here. */
  headerFile?: string;
}

/**
 * The token of ADMIN_TOKEN, or one that is made at the first start and kept in DATA_DIR, mode 600, beside a
 * header file for curl.
 * @throws when DATA_DIR can't be written.
 */
export function openAdminToken({
  given,
  dataDir,
}: {
  given: string | undefined;
  dataDir: string;
}): AdminToken {
  if (given) return { token: given, place: 'the value of ADMIN_TOKEN' };
  const file = join(dataDir, 'admin-token');
  const headerFile = join(dataDir, 'admin-header');
  const token = keptToken(file) ?? randomBytes(24).toString('base64url');
  writePrivate(file, `${token}\n`);
  writePrivate(headerFile, `Authorization: Bearer ${token}\n`);
  return { token, place: `in ${file}`, headerFile };
}

/** A disk that was full at the first start may have left an empty file: that opens nothing. */
function keptToken(file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  const token = readFileSync(file, 'utf8').trim();
  return token.length >= SHORTEST_TOKEN ? token : undefined;
}

/** The mode of a file that is there already has to be set apart. */
function writePrivate(file: string, text: string): void {
  writeFileSync(file, text, { mode: 0o600 });
  chmodSync(file, 0o600);
}
