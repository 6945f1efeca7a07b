import type { Kind } from './kinds.ts';

export interface Setting<T, Default extends string | undefined = string | undefined> {
  env: string;
  kind: Kind<T>;
  fallback: Default;
  help: string;
  /** Shown masked. */
  secret?: 'secret';
  /** Other names of the same variable, from the first description. */
  aliases?: string[];
}

interface Extra {
  secret?: 'secret';
  aliases?: string[];
}

/** A variable that always has a value. */
export function set<T>(
  env: string,
  kind: Kind<T>,
  fallback: string,
  help: string,
  extra: Extra = {},
): Setting<T, string> {
  return { env, kind, fallback, help, ...extra };
}

/** A variable that may stay unset. */
export function unset<T>(env: string, kind: Kind<T>, help: string, extra: Extra = {}): Setting<T, undefined> {
  return { env, kind, fallback: undefined, help, ...extra };
}
