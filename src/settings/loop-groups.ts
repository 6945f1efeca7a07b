import {
  cronKind,
  durationKind,
  flagKind,
  fraction,
  longerThanNothing,
  oneOf,
  stagesKind,
  textKind,
  wholeNumber,
  zoneKind,
} from './kinds.ts';
import { set, unset } from './setting.ts';

/** The groups of what the nightly loop and its rollouts go by. */
export const LOOP = {
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
} as const;
