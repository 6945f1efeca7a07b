import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { openScene, type Scene } from '../journeys/support/scene.ts';
import { until } from '../journeys/support/until.ts';

let scene: Scene;
beforeEach(async () => {
  scene = await openScene();
});
afterEach(() => scene.close());

describe('the demo', () => {
  test('plays the whole loop, prints its table, and leaves nothing running', async () => {
    const program = scene.run({ role: 'demo', args: ['--exit'] });
    const code = await program.ended;
    const told = program.output();
    // Together, so that a demo that failed shows what it told.
    expect({ code, told }).toEqual({ code: 0, told: expect.any(String) });
    for (const step of ['questions are asked', 'pipeline: tuning', 'rollout at 50 %', 'rollout at 100 %'])
      expect(told).toContain(step);
    expect(told).toMatch(/^ {2}version +votes of +answers +up +down +share up +outcome$/m);
    expect(told).toMatch(/^ {2}gemini-3\.5-flash-lite +vicuna-13b-v1\.2 +\d+ +\d+ +\d+ +\d+ % +baseline$/m);
    expect(told).toMatch(/^ {2}gemini-3\.5-flash-lite-ft-001 +gpt-4 +\d+ +\d+ +\d+ +\d+ % +promoted$/m);
    expect(told).toMatch(
      /^ {2}gemini-3\.5-flash-lite-ft-002 +llama-13b +\d+ +\d+ +\d+ +\d+ % +rolled back$/m,
    );
    expect(told).toMatch(/Page +http:\/\/127\.0\.0\.1:\d+/);
    expect(told).toMatch(/Temporal Web UI +http:\/\/127\.0\.0\.1:\d+/);
    expect(await scene.leftovers()).toEqual([]);
  }, 400_000);

  test('fails when a step does not happen, says which, and leaves nothing running', async () => {
    const program = scene.run({ role: 'demo', args: ['--exit'] });
    await breakEveryAnswer(await pageOf(program));
    expect(await program.ended).toBe(1);
    expect(program.output()).toMatch(/thumbwheel demo: POST \/api\/v1\/ai\/\S+ answered 503/);
    expect(program.output()).not.toContain('share up');
    expect(await scene.leftovers()).toEqual([]);
  }, 120_000);

  test('stops in the middle on Ctrl-C, and keeps to a folder of its own', async () => {
    const program = scene.run({ role: 'demo' });
    await pageOf(program);
    program.signal('SIGINT');
    expect(await program.ended).toBe(1);
    expect(await scene.leftovers()).toEqual([]);
    await access(join(scene.folder, '.demo-data/postgres'));
    await expect(access(scene.dataDir)).rejects.toMatchObject({ code: 'ENOENT' });
  }, 120_000);
});

async function pageOf({ says, output }: ReturnType<Scene['run']>): Promise<string> {
  await says('Temporal Web UI http');
  return until('the page is told', () => /Page (http:\/\/\S+),/.exec(output())?.[1]);
}

const Readiness = z.object({
  info: z.object({ dependencies: z.object({ gemini: z.object({ emulator_url: z.string() }) }) }),
});

async function breakEveryAnswer(page: string): Promise<void> {
  const { info } = Readiness.parse(await (await fetch(`${page}/readyz`)).json());
  await fetch(`${info.dependencies.gemini.emulator_url}/__emulator/models`, {
    method: 'POST',
    body: JSON.stringify({ model: '*', errorRate: 1 }),
  });
}
