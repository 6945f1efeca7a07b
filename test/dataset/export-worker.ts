import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { DataSource } from 'typeorm';
import { createDatasetActivities } from '../../activities/dataset.ts';
import { createLocalFolder } from '../../src/dataset/local-folder.ts';
import { EXPORT_FEEDBACK, type ExportBatchResult } from '../../src/dataset/messages.ts';
import { silent } from '../platform/postgres/open-database.ts';
import { temporal, uniqueTaskQueue, workflowBundle } from '../setup/servers.ts';

/** Keeps the SDK's own lines out of the test's output; once per test file. */
export function quietRuntime(): void {
  Runtime.install({
    logger: new DefaultLogger('ERROR', () => undefined),
    telemetryOptions: { logging: { forward: {}, filter: 'OFF' } },
  });
}

export interface DevServer {
  client: Client;
  native: NativeConnection;
  close: () => Promise<void>;
}

export async function devServer(): Promise<DevServer> {
  const { address, namespace } = temporal();
  const connection = await Connection.connect({ address });
  const native = await NativeConnection.connect({ address });
  return {
    client: new Client({ connection, namespace }),
    native,
    close: async () => {
      await connection.close();
      await native.close();
    },
  };
}

type ExportFeedback = (input?: unknown) => Promise<ExportBatchResult>;

/** A worker that exports for real, and a way to give it work. */
export async function exportWorker({
  server,
  db,
  exportDir,
}: {
  server: DevServer;
  db: DataSource;
  exportDir: string;
}) {
  const taskQueue = uniqueTaskQueue();
  const worker = await Worker.create({
    connection: server.native,
    taskQueue,
    workflowBundle: workflowBundle(),
    // A cancellation arrives with the answer to a heartbeat.
    maxHeartbeatThrottleInterval: '50 ms',
    defaultHeartbeatThrottleInterval: '50 ms',
    activities: createDatasetActivities({
      db,
      datasetStore: createLocalFolder({ path: exportDir }),
      exportDir,
      log: silent,
    }),
  });
  return {
    worker,
    taskQueue,
    start: (...args: [input?: unknown]) =>
      server.client.workflow.start<ExportFeedback>(EXPORT_FEEDBACK, {
        taskQueue,
        workflowId: `export-${taskQueue}`,
        args,
      }),
  };
}
