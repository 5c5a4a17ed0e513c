import { wire } from '@millrace/proto';
import { MillraceError } from '@millrace/shared/errors';
import { type RpcService, rpcService } from '@millrace/shared/rpc';
import { type ExecutorRegistry, HEARTBEAT_MS, LEASE_MS } from '../dispatch/executor-registry.ts';

export type ClusterDependencies = {
  registry: ExecutorRegistry;
  /** Whether executors still need to hold this job. */
  isInUse(jobId: string): boolean;
  /** The store has been silent for so long that another driver leads, or is about to. */
  mayBeReplaced(): boolean;
};

/**
 * Executors come, keep their lease and leave. A driver that may have been replaced keeps those it has, and tells them; it takes no others,
 * so that they find the one that leads.
 */
export function clusterService({ registry, isInUse, mayBeReplaced }: ClusterDependencies): RpcService {
  return rpcService(wire.ClusterService, {
    Register: async (request) => {
      if (mayBeReplaced()) {
        throw new MillraceError('DRIVER_UNAVAILABLE', 'this driver does not hear from its store: another one may lead');
      }
      registry.register(request);
      return { leaseMs: LEASE_MS, heartbeatMs: HEARTBEAT_MS };
    },
    Heartbeat: async ({ incarnation, busyLanes, residentBytes, openJobs }) => {
      registry.heartbeat(incarnation, { busyLanes, residentBytes });
      return { closeJobs: openJobs.filter((job) => !isInUse(job)), mayBeReplaced: mayBeReplaced() };
    },
    Drain: async ({ incarnation, left }) => {
      if (left) registry.leave(incarnation);
      else registry.drain(incarnation);
      return {};
    },
  });
}
