import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const COMPILED = ['src', 'workflows', 'activities', 'bench'];
const API_DOCS_FILES = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png', 'LICENSE'];

/**
 * Builds all of `dist`: the compiled sources, the page, the workflow bundle, the files of the API's pages.
 * Rejects with the first failing tool's own words.
 * @param {string} root
 */
export async function buildAll(root) {
  const begun = Date.now();
  copyApiDocs(root);
  await Promise.all([
    runTool(root, 'tsc', ['-p', 'src/build/tsconfig.json']),
    buildPage(root),
    bundleWorkflows(root),
  ]);
  for (const folder of COMPILED) prune(join(root, 'dist', folder), begun);
}

/** @param {string} root */
async function buildPage(root) {
  if (!existsSync(join(root, 'web/index.html'))) return;
  await runTool(root, 'vite', ['build', '--config', 'web/vite.config.ts', '--logLevel', 'warn']);
}

/** @param {string} root */
async function bundleWorkflows(root) {
  const workflowsPath = join(root, 'workflows/index.ts');
  if (!existsSync(workflowsPath)) return;
  const { bundleWorkflowCode, DefaultLogger } = await import('@temporalio/worker');
  const { code } = await bundleWorkflowCode({
    workflowsPath,
    payloadConverterPath: join(root, 'workflows/payload-converter.ts'),
    logger: new DefaultLogger('ERROR'),
  });
  writeFileSync(join(root, 'dist/workflow-bundle.js'), code);
}

/** @param {string} root */
function copyApiDocs(root) {
  const to = join(root, 'dist/api-docs');
  mkdirSync(to, { recursive: true });
  for (const file of API_DOCS_FILES)
    copyFileSync(join(root, 'node_modules/swagger-ui-dist', file), join(to, file));
}

// The compiler leaves what earlier sources became; a migration that is gone must not run.
/** @param {string} folder @param {number} begun */
function prune(folder, begun) {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder, { recursive: true })) {
    const path = join(folder, String(name));
    const stat = statSync(path);
    if (stat.isFile() && stat.mtimeMs < begun - 1) rmSync(path);
  }
}

/** @param {string} root @param {string} tool @param {string[]} args @returns {Promise<void>} */
function runTool(root, tool, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(join(root, 'node_modules/.bin', tool), args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk) => {
        output += chunk;
      });
    }
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${tool} failed:\n${output.trim()}`));
    });
  });
}
