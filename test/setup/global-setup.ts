import { startTestServers } from './test-servers.ts';

/** Jest calls this once before the first test file. */
export default async function globalSetup(): Promise<void> {
  await startTestServers();
}
