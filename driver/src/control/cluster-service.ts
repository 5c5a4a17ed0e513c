import { wire } from '@millrace/proto';
import { type RpcService, rpcService } from '@millrace/shared/rpc';
import { type ExecutorRegistry, HEARTBEAT_MS, LEASE_MS } from '../dispatch/executor-registry.ts';

/** Executors come, keep their lease and leave. `isInUse` tells which jobs an executor still needs to hold. */
export function clusterService(registry: ExecutorRegistry, isInUse: (jobId: string) => boolean): RpcService {
  return rpcService(wire.ClusterService, {
    Register: async (request) => {
      registry.register(request);
      return { leaseMs: LEASE_MS, heartbeatMs: HEARTBEAT_MS };
    },
    Heartbeat: async ({ incarnation, busyLanes, residentBytes, openJobs }) => {
      registry.heartbeat(incarnation, { busyLanes, residentBytes });
      return { closeJobs: openJobs.filter((job) => !isInUse(job)) };
    },
    Drain: async ({ incarnation, left }) => {
      if (left) registry.leave(incarnation);
      else registry.drain(incarnation);
      return {};
    },
  });
}
