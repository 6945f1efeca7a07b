import { readFileSync, writeFileSync } from 'node:fs';
import { ERRORS } from '../errors.ts';
import type { Setting } from './setting.ts';
import { GROUPS } from './table.ts';

/** Pages that are made from the code, by path; a test compares what lies there with what is made. */
export function generatedDocs(): Readonly<Record<string, string>> {
  return {
    '.env.example': envExample(),
    'docs/configuration.md': configurationPage(),
    'docs/errors.md': errorsPage(),
  };
}

/** Writes the generated pages; answers the exit code. */
export function writeGeneratedDocs(): number {
  for (const [path, text] of Object.entries(generatedDocs())) writeFileSync(path, text);
  return 0;
}

/** Generated pages whose file differs from what the code says. */
export function staleDocs(): string[] {
  return Object.entries(generatedDocs())
    .filter(([path, text]) => read(path) !== text)
    .map(([path]) => path);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function groups(): Array<[name: string, settings: Setting<unknown>[]]> {
  return Object.entries(GROUPS).map(([name, group]) => [name, Object.values<Setting<unknown>>(group)]);
}

function envExample(): string {
  const lines = [
    '# Copy to .env and change what you need. Made by `npm run docs`; every line is optional.',
    '',
  ];
  for (const [name, settings] of groups()) {
    lines.push(`# ${name}`);
    for (const setting of settings)
      lines.push(`# ${setting.help}`, `# ${setting.env}=${quoted(setting.fallback ?? '')}`);
    lines.push('');
  }
  return lines.join('\n');
}

/** A shell that sources the file would lose the stars and spaces of a cron line otherwise. */
function quoted(value: string): string {
  return /[\s*#]/.test(value) ? `"${value}"` : value;
}

function configurationPage(): string {
  const lines = [
    '# Configuration',
    '',
    'Environment variables, or a `.env` file in the folder where Thumbwheel is started (the environment wins).',
    'They are read once; a wrong value stops the start and says what is allowed.',
    '`npm start -- --check` prints the effective settings, secrets masked. Made from `src/settings/table.ts` by `npm run docs`.',
    '',
  ];
  for (const [name, settings] of groups()) {
    lines.push(`## ${name}`, '', '| variable | default | allowed | what it does |', '|---|---|---|---|');
    for (const setting of settings) lines.push(row(setting));
    lines.push('');
  }
  return lines.join('\n');
}

function row({ env, fallback, kind, help, aliases }: Setting<unknown>): string {
  const also = aliases ? ` Also read as ${aliases.map((alias) => `\`${alias}\``).join(', ')}.` : '';
  return `| \`${env}\` | ${fallback ? `\`${fallback}\`` : '–'} | ${kind.allowed} | ${help}${also} |`;
}

function errorsPage(): string {
  const rows = Object.entries(ERRORS).map(
    ([code, { status, retryable, advice }]) =>
      `| \`${code}\` | ${status} | ${retryable ? 'yes' : 'no'} | ${advice} |`,
  );
  return [
    '# Errors',
    '',
    'A failure answers `{"ok":false,"error":{"code","message","details?"}}`. Where trying again helps later, `Retry-After` says when.',
    'Made from `src/errors.ts` by `npm run docs`.',
    '',
    '| code | status | try again | what to do |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
