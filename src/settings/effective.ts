import { type BaseModelTable, baseModelTable } from '../gemini/base-models.ts';
import { type Environment, isGiven, parseSettings, SettingsError } from './parse.ts';
import type { Settings } from './table.ts';

/** `start` helps a newcomer along; a role in production would rather stop than guess. */
export type StartedAs = 'start' | 'role';

export interface EffectiveSettings {
  /** Where the address to listen on depends on the role it is settled. */
  settings: Settings & { host: string };
  baseModels: BaseModelTable;
  /** Sentences for the person who starts it: what was replaced, and what has no effect. */
  notices: string[];
}

/**
 * Reads the settings and lays the dated table of base models over them.
 * @throws SettingsError for a wrong variable, and, as a role, for a base model that has ended.
 */
export function effectiveSettings(
  environment: Environment,
  startedAs: StartedAs,
  now: Date,
): EffectiveSettings {
  const settings = parseSettings(environment);
  const baseModels = baseModelTable(settings.geminiModelEndDates ?? {});
  const notices = [...withoutEffect(environment, settings)];
  const living = (variable: string, model: string) =>
    replaceEnded({ variable, model, baseModels, startedAs, now, notices });
  return {
    settings: {
      ...settings,
      host: settings.host ?? (startedAs === 'start' ? '127.0.0.1' : '0.0.0.0'),
      geminiModel: living('GEMINI_MODEL', settings.geminiModel),
      tuningBaseModel: living('TUNING_BASE_MODEL', settings.tuningBaseModel),
    },
    baseModels,
    notices,
  };
}

interface Replacement {
  variable: string;
  model: string;
  baseModels: BaseModelTable;
  startedAs: StartedAs;
  now: Date;
  notices: string[];
}

function replaceEnded({ variable, model, baseModels, startedAs, now, notices }: Replacement): string {
  if (!baseModels.hasEnded(model, now)) return model;
  const successor = baseModels.successor(model);
  const ended = `${variable}=${model} ended on ${baseModels.endsOn(model)}`;
  if (startedAs === 'role' || !successor) {
    throw new SettingsError(
      `${ended}. Set ${variable} to a living model${successor ? `, such as ${successor}` : ''}.`,
    );
  }
  notices.push(`${ended}; ${successor} is used in its place. Set ${variable}=${successor} to silence this.`);
  return successor;
}

function* withoutEffect(environment: Environment, settings: Settings): Generator<string> {
  for (const variable of ['TUNING_LEARNING_RATE', 'TUNING_BATCH_SIZE']) {
    if (!isGiven(environment, variable)) continue;
    yield `${variable} is for open models only and is not sent to Gemini; TUNING_LEARNING_RATE_MULTIPLIER is its counterpart.`;
  }
  if (settings.notifyWebhookUrl) yield 'NOTIFY_WEBHOOK_URL is set, but this version sends no webhooks yet.';
}
