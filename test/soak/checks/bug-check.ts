import assert from 'node:assert/strict';
import type { SoakCluster } from '../soak-cluster.ts';

/** Whatever was killed when: no role has met a state that its code rules out. */
export function assertNoBugs({ drivers, executors }: SoakCluster): void {
  const bugs = [...drivers.flatMap((slot) => slot.bugs()), ...executors.bugs()];
  assert.deepEqual(bugs, [], 'bugs that logs tell of');
}
