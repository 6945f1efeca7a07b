import type { DataSource } from 'typeorm';
import { type TrainingSet, TrainingSetEntity } from '../dataset/entity.ts';

export type TrainingSetStore = ReturnType<typeof createTrainingSetStore>;

/** What tuning notes on the training set it works from. Writing the same again changes nothing. */
export function createTrainingSetStore({ db }: { db: DataSource }) {
  const sets = db.getRepository(TrainingSetEntity);
  return {
    find: (id: string): Promise<TrainingSet | null> => sets.findOneBy({ id }),
    markTuning: async (id: string, tuningJob: string): Promise<void> => {
      await sets.update({ id }, { state: 'tuning', tuningJob });
    },
    /** From here on its examples count as trained on. */
    markTrained: async (id: string): Promise<void> => {
      await sets.update({ id }, { state: 'trained' });
    },
  };
}
