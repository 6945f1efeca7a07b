import { givenAdminToken, givenDatabase, givenParts } from '../compose/given.ts';
import { chooseGemini } from '../compose/parts.ts';
import type { EffectiveSettings, StartedAs } from '../settings/effective.ts';
import { maskedSettings } from '../settings/masked.ts';
import { type Environment, isGiven } from '../settings/parse.ts';

/** Roles that answer or tune, and so need a Gemini. */
const NEED_GEMINI = ['start', 'api', 'worker'];

/**
 * `--check`: prints the effective settings, secrets masked, as they would stand in a `.env` file. Touches nothing.
 * @throws SettingsError or RoleError where the start itself would stop.
 */
export function printCheck(
  role: string,
  startedAs: StartedAs,
  { settings, notices, environment }: EffectiveSettings & { environment: Environment },
): number {
  const choice = NEED_GEMINI.includes(role) ? chooseGemini({ settings, environment }, startedAs) : undefined;
  if (role === 'api' || role === 'worker') givenParts({ settings, environment });
  if (role === 'api') givenAdminToken(settings);
  if (role === 'migrate') givenDatabase(settings);
  for (const { name, value, from } of maskedSettings(settings, (variable) =>
    isGiven(environment, variable),
  )) {
    const mark = from === 'environment' ? '' : '   # default';
    const text = typeof value === 'object' ? pairs(value) : String(value);
    process.stdout.write(value === null ? `# ${name} is unset\n` : `${name}=${text}${mark}\n`);
  }
  for (const notice of notices) process.stdout.write(`# ${notice}\n`);
  if (choice) process.stdout.write(`# Answers come from ${choice.backend}: ${choice.reason}\n`);
  return 0;
}

function pairs(value: unknown): string {
  return Object.entries(Object(value))
    .map(([name, text]) => `${name}=${String(text)}`)
    .join(',');
}
