import type { DriverSlot } from '../e2e/support/driver-slot.ts';
import { type SoakCluster, START_MAX_MS } from './soak-cluster.ts';

/** Between two starts of a process that ended at once, as supervisors wait. */
const START_AGAIN_MS = 500;

/** As a supervisor does: again and again when it ends while starting, because a server is away. */
async function startAgain({ clock }: SoakCluster, start: () => Promise<unknown>): Promise<void> {
  const giveUpMs = clock.monotonic() + START_MAX_MS;
  for (;;) {
    try {
      await start();
      return;
    } catch (error) {
      if (clock.monotonic() > giveUpMs) throw error;
      await clock.delay(START_AGAIN_MS);
    }
  }
}

export const startDriver = (cluster: SoakCluster, slot: DriverSlot): Promise<void> =>
  startAgain(cluster, () => slot.start(START_MAX_MS));

export const addExecutor = (cluster: SoakCluster): Promise<void> =>
  startAgain(cluster, () => cluster.executors.add(START_MAX_MS));
