import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the loop itself keeps: weights, figures, exports, training sets, runs, rollouts. */
export class TheLoop1764100000001 implements MigrationInterface {
  readonly name = 'TheLoop1764100000001';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only. Restore a backup to go back.');
  }
}

const STATEMENTS = [
  `CREATE TABLE traffic_changes (
     generation BIGINT PRIMARY KEY,
     changed_at TIMESTAMPTZ NOT NULL DEFAULT now(),
     set_by VARCHAR NOT NULL,
     rollout_id UUID, rollout_stage INTEGER, candidate VARCHAR,
     salt VARCHAR NOT NULL, reason TEXT NOT NULL, weights JSONB NOT NULL)`,
  // The commit of new weights wakes every API process.
  `CREATE FUNCTION thumbwheel_traffic_changed() RETURNS trigger LANGUAGE plpgsql AS
     $$ BEGIN PERFORM pg_notify('thumbwheel_traffic', NEW.generation::text); RETURN NULL; END $$`,
  `CREATE TRIGGER traffic_changed AFTER INSERT ON traffic_changes
     FOR EACH ROW EXECUTE FUNCTION thumbwheel_traffic_changed()`,
  `CREATE TABLE metrics_minute (
     minute TIMESTAMPTZ NOT NULL, model_version VARCHAR NOT NULL, request_type VARCHAR NOT NULL, generation BIGINT NOT NULL,
     drawn INTEGER NOT NULL DEFAULT 0, answers INTEGER NOT NULL DEFAULT 0, errors INTEGER NOT NULL DEFAULT 0, blocked INTEGER NOT NULL DEFAULT 0,
     truncated INTEGER NOT NULL DEFAULT 0, other_model INTEGER NOT NULL DEFAULT 0,
     positives INTEGER NOT NULL DEFAULT 0, negatives INTEGER NOT NULL DEFAULT 0,
     latency_counts INTEGER[] NOT NULL,
     input_tokens BIGINT NOT NULL DEFAULT 0, output_tokens BIGINT NOT NULL DEFAULT 0,
     PRIMARY KEY (minute, model_version, request_type, generation))`,
  // The gate reads what was drawn under some generations of the weights.
  `CREATE INDEX idx_metrics_minute_generation ON metrics_minute (generation, minute)`,
  `CREATE TABLE export_batches (
     id UUID PRIMARY KEY, seq SERIAL CONSTRAINT export_batches_seq_key UNIQUE,
     created_at TIMESTAMPTZ NOT NULL DEFAULT now(), updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
     state VARCHAR NOT NULL, marks BOOLEAN NOT NULL DEFAULT FALSE, days INTEGER,
     file_name VARCHAR CONSTRAINT export_batches_file_name_key UNIQUE,
     row_count INTEGER NOT NULL DEFAULT 0, positive_count INTEGER NOT NULL DEFAULT 0, left_behind_count INTEGER NOT NULL DEFAULT 0,
     byte_count BIGINT NOT NULL DEFAULT 0, sha256 VARCHAR,
     window_from TIMESTAMPTZ, window_to TIMESTAMPTZ, finished_at TIMESTAMPTZ,
     outcome VARCHAR, reason TEXT, workflow_id VARCHAR, run_id VARCHAR)`,
  `CREATE TABLE training_sets (
     id UUID PRIMARY KEY,
     created_at TIMESTAMPTZ NOT NULL DEFAULT now(), updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
     state VARCHAR NOT NULL, base_model VARCHAR NOT NULL, training_uri VARCHAR, validation_uri VARCHAR,
     training_examples INTEGER NOT NULL DEFAULT 0, validation_examples INTEGER NOT NULL DEFAULT 0,
     manifest JSONB, tuning_job VARCHAR, workflow_id VARCHAR, run_id VARCHAR)`,
  `CREATE TABLE pipeline_runs (
     run_id VARCHAR PRIMARY KEY, seq SERIAL CONSTRAINT pipeline_runs_seq_key UNIQUE,
     workflow_id VARCHAR NOT NULL, started_at TIMESTAMPTZ NOT NULL DEFAULT now(), ended_at TIMESTAMPTZ,
     phase VARCHAR NOT NULL, outcome VARCHAR, reason TEXT, batch_id UUID, training_set_id UUID,
     tuning_job VARCHAR, candidate VARCHAR)`,
  `CREATE TABLE rollouts (
     id UUID PRIMARY KEY, seq SERIAL CONSTRAINT rollouts_seq_key UNIQUE,
     created_at TIMESTAMPTZ NOT NULL DEFAULT now(), updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
     candidate VARCHAR NOT NULL, baseline VARCHAR, state VARCHAR NOT NULL, stage INTEGER, verdict VARCHAR, reason TEXT,
     outcome VARCHAR, input JSONB NOT NULL, plan JSONB, salt VARCHAR NOT NULL, ended_by VARCHAR,
     started_at TIMESTAMPTZ, ended_at TIMESTAMPTZ, workflow_id VARCHAR,
     run_id VARCHAR CONSTRAINT rollouts_run_id_key UNIQUE)`,
  `CREATE TABLE rollout_events (
     rollout_id UUID NOT NULL, key VARCHAR NOT NULL, at TIMESTAMPTZ NOT NULL DEFAULT now(),
     source VARCHAR NOT NULL, what VARCHAR NOT NULL, from_stage INTEGER, to_stage INTEGER,
     verdict VARCHAR, reason TEXT, figures JSONB, PRIMARY KEY (rollout_id, key))`,
  `CREATE TABLE rollout_strata (
     rollout_id UUID NOT NULL, stage INTEGER NOT NULL, source VARCHAR NOT NULL, seq INTEGER NOT NULL,
     candidate_ratings INTEGER NOT NULL DEFAULT 0, candidate_positives INTEGER NOT NULL DEFAULT 0,
     baseline_ratings INTEGER NOT NULL DEFAULT 0, baseline_positives INTEGER NOT NULL DEFAULT 0,
     last_feedback_id INTEGER, closed_at TIMESTAMPTZ NOT NULL DEFAULT now(),
     PRIMARY KEY (rollout_id, stage, source, seq))`,
];
