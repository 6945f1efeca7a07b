import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '../../workflows');
const WORKFLOWS = join(FOLDER, 'index.ts');

/** Bundles the workflows once for the run; answers the file, or null while there are none. */
export async function bundleForTests(folder: string): Promise<string | null> {
  if (!existsSync(WORKFLOWS)) return null;
  const { bundleWorkflowCode } = await import('@temporalio/worker');
  const quiet = { trace() {}, debug() {}, info() {}, warn() {}, error: console.error, log() {} };
  const { code } = await bundleWorkflowCode({
    workflowsPath: WORKFLOWS,
    payloadConverterPath: join(FOLDER, 'payload-converter.ts'),
    logger: quiet,
  });
  const path = join(folder, 'workflow-bundle.js');
  await writeFile(path, code);
  return path;
}
