import { Storage } from '@google-cloud/storage';
import type { TestEmulator } from './support.ts';

/** One line of training data. */
export const example = (user: string, model: string) =>
  JSON.stringify({
    contents: [
      { role: 'user', parts: [{ text: user }] },
      { role: 'model', parts: [{ text: model || 'nothing to say' }] },
    ],
  });

/** Puts a training file where a tuning job looks for it. */
export async function upload(to: TestEmulator, name: string, lines: string[] | string): Promise<void> {
  const bytes = typeof lines === 'string' ? lines : lines.map((line) => `${line}\n`).join('');
  await new Storage({ apiEndpoint: to.url, projectId: 'p' })
    .bucket('training')
    .file(name)
    .save(bytes, { resumable: false });
}
