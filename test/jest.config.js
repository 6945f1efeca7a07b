/** Jest runs the sources as native ES modules; swc only strips the types. */
export default {
  rootDir: '..',
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        swcrc: false,
        module: { type: 'es6' },
        jsc: { target: 'es2023', parser: { syntax: 'typescript' } },
        sourceMaps: 'inline',
      },
    ],
  },
  globalSetup: '<rootDir>/test/setup/global-setup.ts',
  globalTeardown: '<rootDir>/test/setup/global-teardown.ts',
  setupFiles: [
    '<rootDir>/test/setup/outer-realm-errors.ts',
    '<rootDir>/test/setup/outer-realm-dispatcher.ts',
  ],
  modulePathIgnorePatterns: [
    '<rootDir>/dist',
    '<rootDir>/.test-servers',
    '<rootDir>/.data',
    '<rootDir>/.demo-data',
  ],
  testSequencer: '<rootDir>/test/setup/long-first.js',
  // Ends a test that hangs; a busy machine is no reason to.
  testTimeout: 120_000,
  // More than the cores: half of the tests wait for a server, a clock or a child process.
  maxWorkers: 4,
};
