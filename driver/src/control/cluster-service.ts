import { wire } from '@millrace/proto';
import { type RpcService, rpcService } from '@millrace/shared/rpc';
import { type ExecutorRegistry, HEARTBEAT_MS, LEASE_MS } from '../dispatch/executor-registry.ts';

/** Executors come, keep their lease and leave. `isKnownJob` tells what an executor still needs to hold. */
export function clusterService(registry: ExecutorRegistry, isKnownJob: (jobId: string) => boolean): RpcService {
  return rpcService(wire.ClusterService, {
    Register: async (request) => {
      registry.register(request);
      return { leaseMs: LEASE_MS, heartbeatMs: HEARTBEAT_MS };
    },
    Heartbeat: async ({ incarnation, busyLanes, residentBytes, openJobs }) => {
      registry.heartbeat(incarnation, { busyLanes, residentBytes });
      return { closeJobs: openJobs.filter((job) => !isKnownJob(job)) };
    },
    Drain: async ({ incarnation }) => {
      registry.drain(incarnation);
      return {};
    },
  });
}
