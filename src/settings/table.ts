import {
  cronKind,
  datesKind,
  durationKind,
  flagKind,
  fraction,
  listKind,
  longerThanNothing,
  oneOf,
  stagesKind,
  textKind,
  urlKind,
  wholeNumber,
  zoneKind,
} from './kinds.ts';
import { type Setting, set, unset } from './setting.ts';

const http = urlKind('http', 'https');

/** Every variable that Thumbwheel reads, in the order of the docs. */
export const GROUPS = {
  Server: {
    port: set('PORT', wholeNumber(0, 65535), '8086', 'Port of the API and the page.'),
    host: unset(
      'HOST',
      textKind,
      'Address to listen on. Default 127.0.0.1 with `npm start`, 0.0.0.0 as a role.',
    ),
    dataDir: set('DATA_DIR', textKind, '.data', 'Where the embedded servers and the admin token are kept.'),
    logLevel: set(
      'LOG_LEVEL',
      oneOf(['trace', 'debug', 'info', 'warn', 'error']),
      'info',
      'Least level that is logged.',
    ),
    logFile: set(
      'LOG_FILE',
      textKind,
      'logs/ai-service.log',
      'With `npm start` the log also goes here, rotated; empty = stdout only.',
    ),
    adminToken: unset(
      'ADMIN_TOKEN',
      {
        allowed: '16 characters or more, without spaces, of those that a header can carry',
        schema: textKind.schema.refine((token) => /^[!-~]{16,}$/.test(token)),
      },
      'Token of the admin routes. `npm start` makes one when unset; the role `api` needs it.',
      { secret: 'secret' },
    ),
    corsOrigins: set(
      'CORS_ORIGINS',
      listKind,
      '',
      'Origins of other pages that may call the API, separated by commas.',
    ),
    rateLimitPerMinute: unset(
      'RATE_LIMIT_PER_MINUTE',
      wholeNumber(0, 1_000_000),
      'Requests a minute from one address; 0 = no limit. Default 600 with `npm start` (this machine exempt), 0 as a role.',
    ),
    trustProxy: set(
      'TRUST_PROXY',
      wholeNumber(0, 10),
      '0',
      'Number of proxies in front whose X-Forwarded-For is believed.',
    ),
  },
  'Database and cache': {
    databaseUrl: unset(
      'DATABASE_URL',
      urlKind('postgres', 'postgresql'),
      'PostgreSQL. Unset: `npm start` embeds one.',
      { secret: 'secret' },
    ),
    redisUrl: unset(
      'REDIS_URL',
      urlKind('redis', 'rediss'),
      'Redis or Valkey for contexts, needed with several API replicas. Unset: in memory.',
      { secret: 'secret' },
    ),
  },
  Temporal: {
    temporalAddress: unset(
      'TEMPORAL_ADDRESS',
      textKind,
      'host:port of a Temporal server. Unset: `npm start` embeds a dev server.',
    ),
    temporalNamespace: set('TEMPORAL_NAMESPACE', textKind, 'default', 'Namespace.'),
    temporalApiKey: unset(
      'TEMPORAL_API_KEY',
      textKind,
      'API key of Temporal Cloud; switches TLS on. TEMPORAL_TLS and its companions are read as by Temporal’s own tools.',
      { secret: 'secret' },
    ),
    temporalUiUrl: unset('TEMPORAL_UI_URL', http, 'Address of the Temporal Web UI, for links.'),
    temporalPort: unset(
      'TEMPORAL_PORT',
      wholeNumber(1, 65535),
      'Port of the embedded Temporal server. Default 7233, or the next free one.',
    ),
    temporalUiPort: unset(
      'TEMPORAL_UI_PORT',
      wholeNumber(1, 65535),
      'Port of the embedded Web UI. Default 8233, or the next free one.',
    ),
  },
  Gemini: {
    geminiBackend: unset(
      'GEMINI_BACKEND',
      oneOf(['vertex', 'developer', 'emulator']),
      'Where answers come from. Unset: vertex with a project and Google credentials, else developer with a key, else (with `npm start` only) the emulator.',
    ),
    geminiApiKey: unset('GEMINI_API_KEY', textKind, 'Key of the Gemini Developer API.', { secret: 'secret' }),
    geminiProjectId: unset(
      'GEMINI_PROJECT_ID',
      textKind,
      'Google Cloud project, for Vertex AI. Tuning needs one.',
    ),
    geminiModel: set(
      'GEMINI_MODEL',
      textKind,
      'gemini-3.5-flash-lite',
      'First base model of an empty registry; afterwards the registry decides.',
    ),
    geminiLocation: set('GEMINI_LOCATION', textKind, 'us-central1', 'Where Vertex tunes.'),
    geminiServingLocation: set('GEMINI_SERVING_LOCATION', textKind, 'us', 'Where Vertex serves.'),
    geminiBaseUrl: unset('GEMINI_BASE_URL', http, 'Another server that speaks Gemini’s wire format.'),
    geminiTimeoutMs: set(
      'GEMINI_TIMEOUT',
      longerThanNothing,
      '60s',
      'Longest wait for the first byte of an answer, and for each silence after it.',
    ),
    gcsBucket: unset('GCS_BUCKET', textKind, 'Cloud Storage bucket for training sets; tuning needs one.'),
    storageEmulatorHost: unset(
      'STORAGE_EMULATOR_HOST',
      http,
      'Another server that speaks Cloud Storage’s wire format.',
    ),
    geminiModelEndDates: set(
      'GEMINI_MODEL_END_DATES',
      datesKind,
      'gemini-3.5-flash-lite=2027-07-21',
      'Dates on which base models end, where Google moved one.',
    ),
    emulatorTuningDurationMs: set(
      'EMULATOR_TUNING_DURATION',
      durationKind,
      '1m',
      'How long the emulator’s tuning jobs take.',
    ),
  },
  'Feedback and export': {
    feedbackCacheTtlMs: set(
      'FEEDBACK_CACHE_TTL',
      longerThanNothing,
      '15m',
      'How long an answer can be rated.',
    ),
    feedbackCacheMaxMb: set(
      'FEEDBACK_CACHE_MAX_MB',
      wholeNumber(1, 65536),
      '256',
      'Memory for answers that wait for a thumb; beyond it the oldest go.',
    ),
    feedbackExportEnabled: set(
      'FEEDBACK_EXPORT_ENABLED',
      flagKind,
      'true',
      'false: the schedule is paused; runs by hand go on.',
    ),
    feedbackExportSchedule: set(
      'FEEDBACK_EXPORT_SCHEDULE',
      cronKind,
      '0 2 * * *',
      'When the nightly pipeline runs.',
    ),
    feedbackExportTimezone: set('FEEDBACK_EXPORT_TIMEZONE', zoneKind, 'UTC', 'Time zone of the schedule.'),
    feedbackExportDir: set('FEEDBACK_EXPORT_DIR', textKind, './exports', 'Where export files are written.'),
    feedbackAutoTuneEnabled: set(
      'FEEDBACK_AUTO_TUNE_ENABLED',
      flagKind,
      'false',
      'true: the pipeline goes on to tuning.',
      { aliases: ['ENABLE_AUTO_TUNING'] },
    ),
    feedbackMinSamplesForTune: set(
      'FEEDBACK_MIN_SAMPLES_FOR_TUNE',
      wholeNumber(1, 10_000_000),
      '100',
      'Fewest examples not yet trained on that start a tuning.',
      { aliases: ['MIN_SAMPLES_FOR_TUNE'] },
    ),
  },
  Tuning: {
    tuningBaseModel: set('TUNING_BASE_MODEL', textKind, 'gemini-3.5-flash-lite', 'Base model that is tuned.'),
    tuningEpochCount: set('TUNING_EPOCH_COUNT', wholeNumber(1, 100), '5', 'Passes over the training set.'),
    tuningLearningRateMultiplier: unset(
      'TUNING_LEARNING_RATE_MULTIPLIER',
      fraction(0.001, 10),
      'Multiplier of Google’s recommended learning rate.',
    ),
    tuningLearningRate: set(
      'TUNING_LEARNING_RATE',
      fraction(0, 1),
      '0.001',
      'For open models only; Gemini takes TUNING_LEARNING_RATE_MULTIPLIER.',
    ),
    tuningBatchSize: set('TUNING_BATCH_SIZE', wholeNumber(1, 4096), '4', 'For open models only.'),
    tuningPollIntervalMs: set(
      'TUNING_POLL_INTERVAL',
      longerThanNothing,
      '5m',
      'How often a running tuning job is looked at.',
    ),
    tuningTimeoutMs: set(
      'TUNING_TIMEOUT',
      longerThanNothing,
      '24h',
      'Longest wait for a tuning job; then it is cancelled.',
    ),
  },
  Rollout: {
    rolloutStages: set(
      'ROLLOUT_STAGES',
      stagesKind,
      '10,50,100',
      'Traffic of the candidate, stage by stage, in percent.',
    ),
    rolloutStageMinDurationMs: set(
      'ROLLOUT_STAGE_MIN_DURATION',
      durationKind,
      '1h',
      'Shortest time in a stage.',
    ),
    rolloutStageMaxDurationMs: set(
      'ROLLOUT_STAGE_MAX_DURATION',
      longerThanNothing,
      '14d',
      'Longest time in a stage; then ROLLOUT_ON_TIMEOUT.',
    ),
    rolloutCheckIntervalMs: set(
      'ROLLOUT_CHECK_INTERVAL',
      longerThanNothing,
      '5m',
      'How often the gate looks.',
    ),
    rolloutBakeMs: set('ROLLOUT_BAKE', durationKind, '24h', 'Watch at 100 % before the rollout is done.'),
    rolloutMinSamples: set(
      'ROLLOUT_MIN_SAMPLES',
      wholeNumber(1, 1_000_000),
      '50',
      'Fewest thumbs of the candidate in a stage.',
    ),
    rolloutMaxRegression: set(
      'ROLLOUT_MAX_REGRESSION',
      fraction(0.001, 0.5),
      '0.10',
      'Margin of the deciding stage, as a fraction (0.10 = 10 points).',
    ),
    rolloutAlpha: set(
      'ROLLOUT_ALPHA',
      fraction(0.0001, 0.5),
      '0.05',
      'Chance of rolling back an equal candidate, over the whole rollout.',
    ),
    rolloutRequire: set(
      'ROLLOUT_REQUIRE',
      oneOf(['improved', 'no-worse']),
      'improved',
      'What the deciding stage demands.',
    ),
    rolloutOnTimeout: set(
      'ROLLOUT_ON_TIMEOUT',
      oneOf(['rollback', 'pause', 'promote']),
      'rollback',
      'What happens at the longest time in a stage.',
    ),
  },
  Notifications: {
    notifyWebhookUrl: unset('NOTIFY_WEBHOOK_URL', http, 'Read, but this version sends no webhooks yet.', {
      secret: 'secret',
    }),
  },
} as const;

type ValueOf<S> =
  S extends Setting<infer T, infer Default> ? (Default extends string ? T : T | undefined) : never;
type UnionToIntersection<U> = (U extends unknown ? (of: U) => void : never) extends (of: infer I) => void
  ? I
  : never;
type Table = UnionToIntersection<(typeof GROUPS)[keyof typeof GROUPS]>;

/** Effective settings, parsed and typed. Durations in milliseconds. */
export type Settings = { [Name in keyof Table]: ValueOf<Table[Name]> };

export const TABLE: ReadonlyArray<readonly [name: string, setting: Setting<unknown>]> = Object.values(
  GROUPS,
).flatMap((group) => Object.entries<Setting<unknown>>(group));
