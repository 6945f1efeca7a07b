import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { staleDocs } from '../../src/settings/docs.ts';
import { effectiveSettings } from '../../src/settings/effective.ts';
import { durationMs } from '../../src/settings/kinds.ts';
import { maskedSettings } from '../../src/settings/masked.ts';
import { parseSettings } from '../../src/settings/parse.ts';

const NOW = new Date('2026-11-25T00:00:00Z');

/** The `.env` block of the first description, as printed. */
const FIRST_DESCRIPTION = readFileSync(join(import.meta.dirname, 'first-description.env'), 'utf8');

describe('settings', () => {
  it('take the defaults of the contract from an empty environment', () => {
    const settings = parseSettings({});
    expect(settings).toMatchObject({
      port: 8086,
      feedbackCacheTtlMs: 900_000,
      feedbackExportSchedule: '0 2 * * *',
      feedbackMinSamplesForTune: 100,
      geminiModel: 'gemini-3.5-flash-lite',
      rolloutStages: [10, 50, 100],
      rolloutMaxRegression: 0.1,
      rolloutAlpha: 0.05,
      rolloutRequire: 'improved',
      tuningTimeoutMs: 86_400_000,
      logFile: 'logs/ai-service.log',
    });
  });

  it('take the first description’s block as printed, comments and placeholders included', () => {
    const environment = parseEnv(FIRST_DESCRIPTION);
    const { settings, notices } = effectiveSettings(environment, 'start', NOW);
    expect(settings).toMatchObject({
      geminiModel: 'gemini-3.5-flash-lite',
      tuningBaseModel: 'gemini-3.5-flash-lite',
      feedbackExportSchedule: '0 2 * * *',
      feedbackExportEnabled: true,
      feedbackAutoTuneEnabled: false,
      tuningEpochCount: 5,
    });
    expect(settings.geminiApiKey).toBeUndefined();
    expect(settings.geminiProjectId).toBeUndefined();
    expect(notices.map((notice) => notice.split(/[= ]/)[0])).toEqual([
      'TUNING_LEARNING_RATE',
      'TUNING_BATCH_SIZE',
      'GEMINI_MODEL',
      'TUNING_BASE_MODEL',
    ]);
  });

  it('stop a role whose base model has ended, naming the successor', () => {
    const start = () => effectiveSettings({ GEMINI_MODEL: 'gemini-2.5-flash' }, 'role', NOW);
    expect(start).toThrow(
      'GEMINI_MODEL=gemini-2.5-flash ended on 2026-10-20. Set GEMINI_MODEL to a living model, such as gemini-3.5-flash-lite.',
    );
  });

  it('read the aliases of the first description', () => {
    expect(parseSettings({ ENABLE_AUTO_TUNING: 'true', MIN_SAMPLES_FOR_TUNE: '7' })).toMatchObject({
      feedbackAutoTuneEnabled: true,
      feedbackMinSamplesForTune: 7,
    });
  });

  it.each([
    ['PORT', '70000', 'a whole number from 0 to 65535'],
    ['FEEDBACK_CACHE_TTL', '15 minutes', 'a duration above 0 such as'],
    ['ROLLOUT_STAGES', '50,10,100', 'rising whole percentages'],
    ['ROLLOUT_STAGES', '10,50', 'end with 100'],
    ['ROLLOUT_ALPHA', '5', 'a number from 0.0001 to 0.5'],
    ['FEEDBACK_EXPORT_TIMEZONE', 'Mars/Olympus', 'an IANA time zone'],
    ['FEEDBACK_EXPORT_SCHEDULE', 'daily at two', 'a cron expression'],
    ['FEEDBACK_EXPORT_SCHEDULE', '99 2 * * *', 'a cron expression'],
    ['FEEDBACK_EXPORT_SCHEDULE', '0 2 * * x', 'a cron expression'],
    ['FEEDBACK_EXPORT_SCHEDULE', '*/0 2 * * *', 'a cron expression'],
    ['DATABASE_URL', 'mysql://x', 'not shown'],
    ['TEMPORAL_ADDRESS', 'http://127.0.0.1:7233', 'without http://'],
    ['ADMIN_TOKEN', 'correct horse battery staple', 'without spaces'],
    ['ADMIN_TOKEN', 'пароль-очень-длинный-да', 'that a header can carry'],
    ['LOG_LEVEL', 'loud', 'trace, debug, info, warn, error'],
    ['FEEDBACK_EXPORT_ENABLED', 'maybe', 'true or false'],
  ])('refuse %s=%s with what is allowed', (variable, value, allowed) => {
    const parse = () => parseSettings({ [variable]: value });
    expect(parse).toThrow(variable);
    expect(parse).toThrow(allowed);
  });

  it.each(['*/15 0-6,22 1,15 JAN-MAR mon-fri', '0 2 ? * 7', '0 2 * * sunday', '@daily'])(
    'take the cron %s',
    (cron) => {
      expect(parseSettings({ FEEDBACK_EXPORT_SCHEDULE: cron }).feedbackExportSchedule).toBe(cron);
    },
  );

  it('say every wrong variable at once', () => {
    expect(() => parseSettings({ PORT: 'x', LOG_LEVEL: 'y' })).toThrow(/PORT[\s\S]*LOG_LEVEL/);
  });

  it('count an empty variable as unset, but for LOG_FILE, where it means none', () => {
    const settings = parseSettings({ PORT: '', LOG_FILE: '' });
    expect(settings.port).toBe(8086);
    expect(settings.logFile).toBe('');
  });

  it('never show a secret', () => {
    const secrets = {
      ADMIN_TOKEN: 'a-very-secret-token-1234',
      GEMINI_API_KEY: 'short',
      DATABASE_URL: 'postgres://u:hunter2@h/db',
    };
    const shown = JSON.stringify(maskedSettings(parseSettings(secrets), () => true));
    for (const secret of ['a-very-secret', 'short', 'hunter2']) expect(shown).not.toContain(secret);
    expect(shown).toContain('…1234');
  });

  it('read a duration back for every number and unit', () => {
    const units = { ms: 1, s: 1e3, m: 6e4, h: 36e5, d: 864e5 };
    fc.assert(
      fc.property(
        fc.nat(999_999),
        fc.constantFrom(...Object.entries(units)),
        (amount, [unit, ms]) => durationMs(`${amount}${unit}`) === amount * ms,
      ),
    );
  });

  it('are documented as they are', () => {
    expect(staleDocs()).toEqual([]);
  });
});
