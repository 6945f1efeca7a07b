import type { Setting } from './setting.ts';
import type { Settings } from './table.ts';
import { TABLE } from './table.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A start that stops here: every wrong variable, what was given and what is allowed. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** Values of the first description's `.env` block that stand for "put yours here". */
const PLACEHOLDERS = new Set(['your_api_key_here', 'your-gcp-project-id']);

/**
 * Reads all settings from an environment. An empty variable counts as unset, but for LOG_FILE, where empty means none.
 * @throws SettingsError naming each wrong variable.
 */
export function parseSettings(environment: Environment): Settings {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, setting] of TABLE) {
    const given = rawValue(environment, setting) ?? setting.fallback;
    values[name] = given === undefined ? undefined : read(setting, given, problems);
  }
  if (problems.length > 0) throw new SettingsError(problems.join('\n'));
  // Each value was made by its own setting's schema just above; the mapped type can't be built key by key.
  return values as Settings;
}

/** True when the environment itself gives this variable a value. */
export function isGiven(environment: Environment, variable: string): boolean {
  const setting = TABLE.find(([, { env }]) => env === variable)?.[1];
  return setting !== undefined && rawValue(environment, setting) !== undefined;
}

function rawValue(environment: Environment, setting: Setting<unknown>): string | undefined {
  if (setting.env === 'LOG_FILE') return environment[setting.env];
  return [setting.env, ...(setting.aliases ?? [])]
    .map((name) => environment[name]?.trim())
    .find((value) => value !== undefined && value !== '' && !PLACEHOLDERS.has(value));
}

function read(setting: Setting<unknown>, given: string, problems: string[]): unknown {
  const result = setting.kind.schema.safeParse(given);
  if (result.success) return result.data;
  const shown = setting.secret ? 'a value that is not shown' : JSON.stringify(given);
  problems.push(`${setting.env} is ${shown}; allowed: ${setting.kind.allowed}.`);
  return undefined;
}
