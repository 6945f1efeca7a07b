import { Client, Connection, isGrpcServiceError } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { AppError } from '../../errors.ts';
import type { Environment } from '../../settings/parse.ts';

/** What both kinds of connection (client and worker) are made from. */
export interface TemporalTarget {
  address: string;
  namespace: string;
  options: ReturnType<typeof loadClientConnectConfig>['connectionOptions'];
}

/** TEMPORAL_* variables and the profile file, read as Temporal's own tools read them. */
export function temporalTarget(environment: Environment, address: string, namespace: string): TemporalTarget {
  const overrideEnvVars = { ...environment, TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace };
  return {
    address,
    namespace,
    options: { ...loadClientConnectConfig({ overrideEnvVars }).connectionOptions, address },
  };
}

const CALL_DEADLINE_MS = 3_500;
/** grpc-js would otherwise need up to 16 s to notice that a server is back. */
const RECONNECT = { 'grpc.initial_reconnect_backoff_ms': 500, 'grpc.max_reconnect_backoff_ms': 2_000 };

const UNAVAILABLE_GRPC_CODES = new Set([4, 14]);

export interface Temporal {
  client: Client;
  target: TemporalTarget;
  /**
   * Makes one call with a deadline of a few seconds.
   * @throws AppError `temporal_unavailable` when the server or every worker is away.
   */
  call: <T>(work: (client: Client) => Promise<T>) => Promise<T>;
  isServing: () => Promise<boolean>;
  close: () => Promise<void>;
}

/** Connects on the first call, so that a start never fails because Temporal is away. */
export function connectTemporal(target: TemporalTarget): Temporal {
  const connection = Connection.lazy({
    ...target.options,
    channelArgs: RECONNECT,
    connectTimeout: CALL_DEADLINE_MS,
    // The SDK would try again for 20 s, also after the connection is closed; callers here know better what to do.
    interceptors: [],
  });
  const client = new Client({ connection, namespace: target.namespace });
  return {
    client,
    target,
    call: async (work) => {
      try {
        const deadline = Date.now() + CALL_DEADLINE_MS;
        return await connection.withDeadline(deadline, () => work(client));
      } catch (error) {
        if (!isTemporalDown(error)) throw error;
        throw new AppError('temporal_unavailable', `Temporal at ${target.address} did not answer`, {
          retryAfterSeconds: 5,
          cause: error,
        });
      }
    },
    isServing: () =>
      connection
        .withDeadline(Date.now() + 1_000, () =>
          connection.healthService.check({ service: 'temporal.api.workflowservice.v1.WorkflowService' }),
        )
        .then((health) => health.status === 1)
        .catch(() => false),
    close: () => connection.close(),
  };
}

/** True for a server that can't be reached, and for a call that no worker answered in time. */
function isTemporalDown(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.message.includes('Failed to connect before the deadline')) return true;
  const grpc = isGrpcServiceError(error) ? error : isGrpcServiceError(error.cause) ? error.cause : undefined;
  return grpc !== undefined && UNAVAILABLE_GRPC_CODES.has(grpc.code);
}
