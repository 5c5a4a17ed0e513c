import {
  type BlobStore,
  type CommitStore,
  createMemoryLeaderStore,
  createMemoryStore,
  type LeaderStore,
} from '@millrace/shared/store';
import type { Process, Scheduler } from './scheduler.ts';
import { HEALTHY, type ServerLink, type SharedServer } from './server-link.ts';

const COMMIT_STEPS = [
  ...(['createJob', 'listJobs', 'takeOver', 'raiseEpoch', 'read', 'setStatus'] as const),
  ...(['updateJob', 'logOffsets', 'commit', 'amendOutputs', 'markPublished', 'deleteJob'] as const),
];
export type CommitStep = (typeof COMMIT_STEPS)[number];

/** A step that the store took: for whom, with what, and what it gave. */
export type StoreStep = {
  [Method in CommitStep]: {
    method: Method;
    process: Process;
    args: Parameters<CommitStore[Method]>;
    result: Awaited<ReturnType<CommitStore[Method]>>;
  };
}[CommitStep];

/** The store that all processes share, and what it holds in truth. */
export type SimulatedStore = {
  server: SharedServer;
  commits: CommitStore;
  blobs: BlobStore;
  /** Everyone who asks is told that he leads: a lease gone wrong, so that drivers fight. */
  everyoneLeads: boolean;
  /** As a process reaches it over its link. */
  seenBy(process: Process, link: ServerLink): { commits: CommitStore; blobs: BlobStore; leaders: LeaderStore };
};

export type StoreListeners = {
  onStep(step: StoreStep): void;
  /** A process learns that a step was not taken, or hears nothing of it. */
  onRefused(method: CommitStep, error: unknown): void;
};

export function createSimulatedStore(scheduler: Scheduler, listeners: StoreListeners): SimulatedStore {
  const { commits, blobs } = createMemoryStore();
  const leaders = createMemoryLeaderStore({ monotonic: scheduler.nowMs });
  const store: SimulatedStore = {
    server: { host: 'store', unavailable: 'STORE_UNAVAILABLE', health: { ...HEALTHY } },
    commits,
    blobs,
    everyoneLeads: false,
    seenBy: (process, link) => ({
      commits: commitsOver(commits, process, link, listeners),
      blobs: blobsOver(blobs, link),
      leaders: {
        lead: (candidate, leaseMs) =>
          link.ask('lead', async () =>
            store.everyoneLeads ? { ...candidate, term: 0 } : await leaders.lead(candidate, leaseMs),
          ),
        resign: (incarnation) => link.ask('resign', () => leaders.resign(incarnation)),
      },
    }),
  };
  return store;
}

function commitsOver(
  commits: CommitStore,
  process: Process,
  link: ServerLink,
  { onStep, onRefused }: StoreListeners,
): CommitStore {
  const steps = COMMIT_STEPS.map((method) => {
    const take = commits[method] as (...args: unknown[]) => Promise<unknown>;
    const ask = async (...args: unknown[]) => {
      const step = async () => {
        const result = await take(...args);
        onStep({ method, process, args, result } as StoreStep);
        return result;
      };
      return await link.ask(method, step).catch((error: unknown) => {
        onRefused(method, error);
        throw error;
      });
    };
    return [method, ask] as const;
  });
  return { ...(Object.fromEntries(steps) as Pick<CommitStore, CommitStep>), close: async () => {} };
}

function blobsOver(blobs: BlobStore, link: ServerLink): BlobStore {
  return {
    put: (name, bytes) => link.ask('put', () => blobs.put(name, bytes)),
    get: (name) => link.ask('get', () => blobs.get(name)),
    remove: (names) => link.ask('remove', () => blobs.remove(names)),
    async *list(prefix) {
      yield* await link.ask('list', () => Array.fromAsync(blobs.list(prefix)));
    },
    close: async () => {},
  };
}
