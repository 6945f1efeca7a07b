import {
  datesKind,
  durationKind,
  hostKind,
  listKind,
  longerThanNothing,
  oneOf,
  textKind,
  urlKind,
  wholeNumber,
} from './kinds.ts';
import { LOOP } from './loop-groups.ts';
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
      hostKind,
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
  ...LOOP,
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
