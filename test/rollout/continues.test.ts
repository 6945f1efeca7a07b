import { expect, test } from '@jest/globals';
import {
  aRolloutWorld,
  BASELINE,
  CANDIDATE,
  inStage,
  quietRuntime,
  shortHistories,
  stateWhere,
} from './world.ts';

test('A long rollout continues as new and loses nothing', async () => {
  quietRuntime();
  const world = await aRolloutWorld({
    gate: { checkIntervalMs: 200, minDurationMs: 500 },
    environment: shortHistories,
  });
  try {
    const handle = await world.start({ gate: { bake: '2s' } });
    const first = await stateWhere(handle, inStage(10));
    await handle.signal('pause', 'for the test');
    await handle.signal('metrics', { modelVersion: CANDIDATE, positives: 45, negatives: 5, window: 'PT5M' });
    await world.run(handle, 3);
    const later = await stateWhere(handle, inStage(10));
    expect(later).toMatchObject({
      rolloutId: first.rolloutId,
      stageBeganAt: first.stageBeganAt,
      paused: true,
      outside: { candidate: { samples: 1, positives: 45 } },
    });

    // The other arm's sample pairs with the one that came runs ago.
    await handle.signal('metrics', { modelVersion: BASELINE, positives: 25, negatives: 25, window: 'PT5M' });
    await stateWhere(handle, (state) => state.figures?.strata === 1);
    await handle.signal('promote');
    await stateWhere(handle, inStage(50));
    await world.run(handle, 2);
    await handle.signal('promote');
    const result = await handle.result();
    expect(result).toMatchObject({ outcome: 'promoted', rolloutId: first.rolloutId });
    const events = await world.store.events([first.rolloutId]);
    expect(events.map(({ what }) => what)).toEqual(['paused', 'verdict', 'advanced', 'advanced', 'promoted']);
    expect(new Set(events.map(({ key }) => key)).size).toBe(events.length);
  } finally {
    await world.close();
  }
});
