import { type DataSource, In, IsNull, LessThan } from 'typeorm';
import { UNTRAINED } from '../feedback/entity.ts';
import { type PipelineRun, PipelineRunEntity } from './entity.ts';

/** What a step notes on its run. */
export type RunNote = Partial<
  Pick<
    PipelineRun,
    'phase' | 'batchId' | 'trainingSetId' | 'tuningJob' | 'candidate' | 'outcome' | 'reason' | 'endedAt'
  >
>;

export interface RunKey {
  runId: string;
  workflowId: string;
}

export type PipelineStore = ReturnType<typeof createPipelineStore>;

/** The runs of the pipeline as the list shows them, kept longer than Temporal keeps its own. */
export function createPipelineStore({ db }: { db: DataSource }) {
  const runs = db.getRepository(PipelineRunEntity);
  return {
    /** Writes the note; makes the row when it is the run's first. */
    note: async ({ runId, workflowId }: RunKey, note: RunNote): Promise<void> => {
      const { affected } = await runs.update({ runId }, note);
      if (affected) return;
      const first = { runId, workflowId, phase: 'opening' as const, ...note };
      await runs.createQueryBuilder().insert().values(first).orIgnore().execute();
    },
    /** Ends a run for which nobody else will; one that has ended meanwhile stays as it is. */
    endLeft: async (runId: string, reason: string): Promise<boolean> => {
      const { affected } = await runs.update(
        { runId, endedAt: IsNull() },
        { phase: 'ended', outcome: 'terminated', reason, endedAt: new Date() },
      );
      return affected === 1;
    },
    /** Newest first; `cursor` is the `seq` of the last one of the page before. */
    list: ({ limit, cursor }: { limit: number; cursor?: number | undefined }): Promise<PipelineRun[]> =>
      runs.find({
        where: cursor === undefined ? {} : { seq: LessThan(cursor) },
        order: { seq: 'DESC' },
        take: limit,
      }),
    /** Begun and not ended. */
    open: (): Promise<PipelineRun[]> => runs.findBy({ endedAt: IsNull() }),
    /** The runs behind tuning jobs, by the job's name. */
    runsOf: async (tuningJobs: readonly string[]): Promise<Map<string, RunKey>> => {
      // The newest comes last: a run that was reset goes on as another.
      const found = await runs.find({ where: { tuningJob: In([...tuningJobs]) }, order: { seq: 'ASC' } });
      return new Map(
        found.map(({ tuningJob, workflowId, runId }) => [tuningJob ?? '', { workflowId, runId }]),
      );
    },
    /** True when an earlier export has liked answers that no tuning has used. */
    hasUntrained: async (): Promise<boolean> => {
      const rows: unknown[] = await db.query(`SELECT 1 FROM ai_feedback WHERE ${UNTRAINED} LIMIT 1`);
      return rows.length > 0;
    },
  };
}
