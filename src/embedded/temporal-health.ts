import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';

const NAMESPACE = 'default';
const POLL_MS = 25;
const CALL_TIMEOUT_MS = 2000;
const RETENTION = '30 days';
// grpc.health.v1.HealthCheckResponse.ServingStatus.SERVING
const SERVING = 1;

type ServesOptions = { address: string; timeoutMs: number; ended: () => string | null };

/**
 * Waits until the health service says SERVING and the namespace keeps closed runs for 30 days.
 * False when the time is over or the server ended before.
 */
export async function serves({ address, timeoutMs, ended }: ServesOptions): Promise<boolean> {
  const connection = Connection.lazy({
    address,
    // grpc-js would wait a second and more after the first refused connection.
    channelArgs: {
      'grpc.initial_reconnect_backoff_ms': 50,
      'grpc.min_reconnect_backoff_ms': 50,
      'grpc.max_reconnect_backoff_ms': 100,
    },
  });
  const deadline = Date.now() + timeoutMs;
  try {
    while (Date.now() < deadline && ended() === null) {
      if (await isReady(connection)) return true;
      await sleep(POLL_MS);
    }
    return false;
  } finally {
    await connection.close();
  }
}

async function isReady(connection: Connection): Promise<boolean> {
  try {
    return await connection.withDeadline(Date.now() + CALL_TIMEOUT_MS, async () => {
      const health = await connection.healthService.check({});
      if (health.status !== SERVING) return false;
      await connection.workflowService.updateNamespace({
        namespace: NAMESPACE,
        config: { workflowExecutionRetentionTtl: msToTs(RETENTION) },
      });
      return true;
    });
  } catch {
    return false;
  }
}
