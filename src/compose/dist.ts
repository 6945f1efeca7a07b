import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folder that the build writes; this file lies in its `src/compose`. */
export const DIST = join(import.meta.dirname, '../..');

export const WORKFLOW_BUNDLE = join(DIST, 'workflow-bundle.js');

const packageFile: { version: string } = JSON.parse(readFileSync(join(DIST, '../package.json'), 'utf8'));

export const VERSION = packageFile.version;
