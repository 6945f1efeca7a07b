import type { Setting } from './setting.ts';
import { type Settings, TABLE } from './table.ts';

export interface ShownSetting {
  name: string;
  value: unknown;
  /** `environment` or `default`. */
  from: 'environment' | 'default';
  help: string;
}

/** Effective settings for people, secrets masked. `given` tells which variables the environment set. */
export function maskedSettings(settings: Settings, given: (variable: string) => boolean): ShownSetting[] {
  const values = new Map<string, unknown>(Object.entries(settings));
  return TABLE.map(([name, setting]) => ({
    name: setting.env,
    value: setting.secret ? masked(values.get(name)) : shown(setting, values.get(name)),
    from: given(setting.env) ? 'environment' : 'default',
    help: setting.help,
  }));
}

function shown({ kind }: Setting<unknown>, value: unknown): unknown {
  if (value === undefined) return null;
  if (kind.show) return kind.show(value);
  // As it would be written in the environment.
  return Array.isArray(value) ? value.join(',') : value;
}

function masked(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  if (URL.canParse(value)) return withoutPassword(value);
  return value.length >= 16 ? `set, ends in …${value.slice(-4)}` : 'set';
}

/** An address shows where it leads; only what lets one in is hidden. */
function withoutPassword(address: string): string {
  const url = new URL(address);
  if (url.password) url.password = '***';
  if (url.search) url.search = '?***';
  return url.protocol.startsWith('http') ? `${url.origin}/***` : url.href;
}
