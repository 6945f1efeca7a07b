import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The two tables of the first description, made or adopted: a database that its Go service filled keeps its
 * rows. Its timestamps had no zone and are read as UTC; a NULL `exported` is false.
 */
export class FeedbackAndModels1764100000000 implements MigrationInterface {
  readonly name = 'FeedbackAndModels1764100000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [
      ...FIRST_DESCRIPTION,
      ...adopt('ai_feedback', FEEDBACK),
      ...adopt('model_versions', MODELS),
    ]) {
      await runner.query(statement);
    }
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only. Restore a backup to go back.');
  }
}

const FIRST_DESCRIPTION = [
  `CREATE TABLE IF NOT EXISTS ai_feedback (
     id SERIAL PRIMARY KEY,
     created_at TIMESTAMPTZ, updated_at TIMESTAMPTZ, deleted_at TIMESTAMPTZ,
     request_id VARCHAR NOT NULL, request_type VARCHAR NOT NULL,
     prompt TEXT NOT NULL, response TEXT NOT NULL, is_positive BOOLEAN NOT NULL,
     model_version VARCHAR NOT NULL, feedback_at TIMESTAMPTZ NOT NULL,
     exported BOOLEAN DEFAULT FALSE, exported_at TIMESTAMPTZ,
     CONSTRAINT ai_feedback_request_id_key UNIQUE (request_id))`,
  `CREATE TABLE IF NOT EXISTS model_versions (
     id SERIAL PRIMARY KEY,
     created_at TIMESTAMPTZ, updated_at TIMESTAMPTZ, deleted_at TIMESTAMPTZ,
     version_name VARCHAR NOT NULL, base_model VARCHAR NOT NULL,
     training_job_id VARCHAR, training_data_size INTEGER NOT NULL,
     is_active BOOLEAN DEFAULT FALSE, traffic_weight INTEGER DEFAULT 0,
     activated_at TIMESTAMPTZ, deactivated_at TIMESTAMPTZ,
     CONSTRAINT model_versions_version_name_key UNIQUE (version_name),
     CONSTRAINT model_versions_training_job_id_key UNIQUE (training_job_id))`,
];

interface Adoption {
  /** Types that a column may not have yet: the first description's times have no zone, GORM makes bigint of an int. */
  types: Partial<Record<'timestamp with time zone' | 'integer' | 'character varying', string[]>>;
  statements: string[];
}

const FEEDBACK: Adoption = {
  types: {
    'timestamp with time zone': ['created_at', 'updated_at', 'deleted_at', 'feedback_at', 'exported_at'],
    integer: ['id'],
    'character varying': ['request_id', 'request_type', 'model_version'],
  },
  statements: [
    `UPDATE ai_feedback SET created_at = COALESCE(created_at, feedback_at), updated_at = COALESCE(updated_at, created_at, feedback_at),
       exported = COALESCE(exported, FALSE)
     WHERE created_at IS NULL OR updated_at IS NULL OR exported IS NULL`,
    `ALTER TABLE ai_feedback
       ALTER created_at SET DEFAULT now(), ALTER created_at SET NOT NULL,
       ALTER updated_at SET DEFAULT now(), ALTER updated_at SET NOT NULL,
       ALTER exported SET DEFAULT FALSE, ALTER exported SET NOT NULL,
       ADD COLUMN IF NOT EXISTS comment TEXT,
       ADD COLUMN IF NOT EXISTS correction TEXT,
       ADD COLUMN IF NOT EXISTS segment VARCHAR,
       ADD COLUMN IF NOT EXISTS prompt_version VARCHAR,
       ADD COLUMN IF NOT EXISTS provider_model VARCHAR,
       ADD COLUMN IF NOT EXISTS regenerated_from VARCHAR,
       ADD COLUMN IF NOT EXISTS served_at TIMESTAMPTZ,
       ADD COLUMN IF NOT EXISTS context_expires_at TIMESTAMPTZ,
       ADD COLUMN IF NOT EXISTS trainable BOOLEAN NOT NULL DEFAULT TRUE,
       ADD COLUMN IF NOT EXISTS rollout_id UUID,
       ADD COLUMN IF NOT EXISTS rollout_stage INTEGER,
       ADD COLUMN IF NOT EXISTS batch_id UUID,
       ADD COLUMN IF NOT EXISTS training_set_id UUID`,
    `ALTER TABLE ai_feedback DROP CONSTRAINT IF EXISTS ai_feedback_request_type_check`,
    `UPDATE ai_feedback SET request_type = 'refactor_tips' WHERE request_type = 'refactor-tips'`,
    // A row of an unknown type must neither stop the adoption nor refuse its own export mark later on.
    `DO $$ BEGIN
       IF EXISTS (SELECT FROM ai_feedback WHERE request_type NOT IN ('hint','explain','tests','refactor_tips')) THEN
         RAISE WARNING 'ai_feedback holds rows of an unknown request_type: they stay, without ai_feedback_request_type_check';
       ELSE
         ALTER TABLE ai_feedback ADD CONSTRAINT ai_feedback_request_type_check
           CHECK (request_type IN ('hint','explain','tests','refactor_tips'));
       END IF;
     END $$`,
    `CREATE INDEX IF NOT EXISTS idx_ai_feedback_exported ON ai_feedback (exported)`,
    `CREATE INDEX IF NOT EXISTS idx_ai_feedback_deleted_at ON ai_feedback (deleted_at)`,
    `CREATE INDEX IF NOT EXISTS idx_ai_feedback_feedback_at ON ai_feedback (feedback_at)`,
    `CREATE INDEX IF NOT EXISTS idx_ai_feedback_batch_id ON ai_feedback (batch_id, id) WHERE batch_id IS NOT NULL`,
    `CREATE INDEX IF NOT EXISTS idx_ai_feedback_unclaimed ON ai_feedback (id) WHERE batch_id IS NULL AND NOT exported AND deleted_at IS NULL`,
    `CREATE INDEX IF NOT EXISTS idx_ai_feedback_training_set_id ON ai_feedback (training_set_id, id) WHERE training_set_id IS NOT NULL`,
    `CREATE INDEX IF NOT EXISTS idx_ai_feedback_rollout ON ai_feedback (rollout_id, rollout_stage, id) WHERE rollout_id IS NOT NULL`,
  ],
};

const MODELS: Adoption = {
  types: {
    'timestamp with time zone': ['created_at', 'updated_at', 'deleted_at', 'activated_at', 'deactivated_at'],
    integer: ['id', 'training_data_size', 'traffic_weight'],
    'character varying': ['version_name', 'base_model', 'training_job_id'],
  },
  statements: [
    `UPDATE model_versions SET created_at = COALESCE(created_at, now()), updated_at = COALESCE(updated_at, created_at, now()),
       is_active = COALESCE(is_active, FALSE), traffic_weight = LEAST(100, GREATEST(0, COALESCE(traffic_weight, 0)))`,
    `ALTER TABLE model_versions
       ALTER created_at SET DEFAULT now(), ALTER created_at SET NOT NULL,
       ALTER updated_at SET DEFAULT now(), ALTER updated_at SET NOT NULL,
       ALTER is_active SET DEFAULT FALSE, ALTER is_active SET NOT NULL,
       ALTER traffic_weight SET DEFAULT 0, ALTER traffic_weight SET NOT NULL,
       ADD COLUMN IF NOT EXISTS endpoint VARCHAR,
       ADD COLUMN IF NOT EXISTS tuned_model VARCHAR`,
    `ALTER TABLE model_versions DROP CONSTRAINT IF EXISTS model_versions_traffic_weight_check`,
    `ALTER TABLE model_versions ADD CONSTRAINT model_versions_traffic_weight_check CHECK (traffic_weight BETWEEN 0 AND 100)`,
  ],
};

function adopt(table: string, { types, statements }: Adoption): string[] {
  return [retype(table, types), ...statements];
}

/** One ALTER TABLE for all columns that need it, none where none does: a large table is rewritten at most once. */
function retype(table: string, types: Adoption['types']): string {
  const wanted = Object.entries(types).flatMap(([type, columns]) =>
    columns.map((column) => `('${column}', '${type}')`),
  );
  return `DO $$ DECLARE changes TEXT; BEGIN
    SELECT string_agg(format(
        CASE type WHEN 'timestamp with time zone' THEN 'ALTER %1$I TYPE %2$s USING %1$I AT TIME ZONE ''UTC'''
        ELSE 'ALTER %1$I TYPE %2$s' END, column_name, type), ', ')
      INTO changes
      FROM information_schema.columns JOIN (VALUES ${wanted.join(', ')}) AS wanted (column_name, type) USING (column_name)
      WHERE table_schema = current_schema() AND table_name = '${table}' AND data_type <> type;
    IF changes IS NOT NULL THEN EXECUTE 'ALTER TABLE ${table} ' || changes; END IF;
  END $$`;
}
