/** The tables as the first description has them, word for word. */
export const FIRST_DESCRIPTION = `
CREATE TABLE ai_feedback (
    id SERIAL PRIMARY KEY,
    created_at TIMESTAMP,
    updated_at TIMESTAMP,
    deleted_at TIMESTAMP,
    request_id VARCHAR UNIQUE NOT NULL,
    request_type VARCHAR NOT NULL,
    prompt TEXT NOT NULL,
    response TEXT NOT NULL,
    is_positive BOOLEAN NOT NULL,
    model_version VARCHAR NOT NULL,
    feedback_at TIMESTAMP NOT NULL,
    exported BOOLEAN DEFAULT FALSE,
    exported_at TIMESTAMP
);

CREATE INDEX idx_ai_feedback_exported ON ai_feedback(exported);
CREATE INDEX idx_ai_feedback_deleted_at ON ai_feedback(deleted_at);

-- model_version table
CREATE TABLE model_versions (
    id SERIAL PRIMARY KEY,
    created_at TIMESTAMP,
    updated_at TIMESTAMP,
    deleted_at TIMESTAMP,
    version_name VARCHAR UNIQUE NOT NULL,
    base_model VARCHAR NOT NULL,
    training_job_id VARCHAR UNIQUE,
    training_data_size INTEGER NOT NULL,
    is_active BOOLEAN DEFAULT FALSE,
    traffic_weight INTEGER DEFAULT 0,
    activated_at TIMESTAMP,
    deactivated_at TIMESTAMP
);`;

/** What GORM's AutoMigrate makes of the same Go types: other integers, times with a zone. */
export const GORM_TABLES = FIRST_DESCRIPTION.replaceAll('TIMESTAMP', 'timestamptz')
  .replaceAll('SERIAL', 'bigserial')
  .replaceAll('INTEGER', 'bigint')
  .replaceAll('VARCHAR', 'text')
  .replaceAll(/CREATE INDEX .*exported\);/g, '');

/** Rows that it leaves: of all types, rated up and down, exported and not, one deleted, one of NULLs. */
export const FEEDBACK_ROWS = `
INSERT INTO ai_feedback (created_at, updated_at, deleted_at, request_id, request_type, prompt, response, is_positive,
  model_version, feedback_at, exported, exported_at) VALUES
('2024-05-01 10:00:00', '2024-05-01 10:00:00', NULL, 'req-1', 'explain', 'p1', 'r1', TRUE, 'gemini-1.5-flash', '2024-05-01 10:00:00', TRUE, '2024-05-02 02:00:00'),
('2024-05-03 10:00:00', '2024-05-03 10:00:00', NULL, 'req-2', 'hint', 'p2', 'r2', FALSE, 'gemini-1.5-flash', '2024-05-03 10:00:00', FALSE, NULL),
('2024-05-03 11:00:00', '2024-05-03 11:00:00', '2024-05-03 12:00:00', 'req-3', 'tests', 'p3', 'r3', TRUE, 'gemini-1.5-flash-ft-001', '2024-05-03 11:00:00', FALSE, NULL),
(NULL, NULL, NULL, 'req-4', 'refactor_tips', 'p4', 'r4', TRUE, 'gemini-1.5-flash-ft-001', '2024-05-04 23:59:59.5', NULL, NULL)`;
