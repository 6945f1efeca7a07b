import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parseSync } from '@swc/core';

export const ROOT = join(import.meta.dirname, '../..');

export interface Import {
  from: string;
  /** A path from the root for the project's own files, else the package's name. */
  to: string;
  kind: 'value' | 'type';
}

/** Every TypeScript file below a folder of the project, as a path from the root. */
export function sourceFiles(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => join(folder, file));
}

/** What a file imports or re-exports, by static statements. */
export function importsOf(file: string): Import[] {
  const source = readFileSync(join(ROOT, file), 'utf8');
  const { body } = parseSync(source, { syntax: 'typescript', tsx: file.endsWith('x'), target: 'es2023' });
  return body.flatMap((statement): Import[] => {
    if (statement.type === 'ImportDeclaration') {
      const allTypes =
        statement.specifiers.length > 0 &&
        statement.specifiers.every((one) => one.type === 'ImportSpecifier' && one.isTypeOnly);
      return [
        {
          from: file,
          to: target(file, statement.source.value),
          kind: statement.typeOnly || allTypes ? 'type' : 'value',
        },
      ];
    }
    if (statement.type === 'ExportNamedDeclaration' && statement.source) {
      return [{ from: file, to: target(file, statement.source.value), kind: 'value' }];
    }
    if (statement.type === 'ExportAllDeclaration')
      return [{ from: file, to: target(file, statement.source.value), kind: 'value' }];
    return [];
  });
}

function target(file: string, specifier: string): string {
  if (specifier.startsWith('.')) return relative(ROOT, join(ROOT, dirname(file), specifier));
  const [scope, name] = specifier.split('/');
  return scope?.startsWith('@') ? `${scope}/${name}` : (scope ?? specifier);
}
