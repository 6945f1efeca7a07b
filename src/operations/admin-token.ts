import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

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
  const token = existsSync(file) ? readFileSync(file, 'utf8').trim() : randomBytes(24).toString('base64url');
  writeFileSync(file, `${token}\n`, { mode: 0o600 });
  writeFileSync(headerFile, `Authorization: Bearer ${token}\n`, { mode: 0o600 });
  return { token, place: `in ${file}`, headerFile };
}
