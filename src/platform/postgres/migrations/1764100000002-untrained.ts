import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the next training set takes, so that a night need not read the whole of the thumbs. */
export class Untrained1764100000002 implements MigrationInterface {
  readonly name = 'Untrained1764100000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE INDEX idx_ai_feedback_untrained ON ai_feedback (id) WHERE training_set_id IS NULL
         AND batch_id IS NOT NULL AND exported AND is_positive AND trainable AND deleted_at IS NULL`,
    );
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only. Restore a backup to go back.');
  }
}
