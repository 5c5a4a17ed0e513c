import { call } from '@millrace/shared/rpc';
import type { SoakEnd } from './run-soak.ts';
import type { Soak } from './soak.ts';

const MIB = 1024 * 1024;
const CALL_TIMEOUT_MS = 2_000;

/** One line about how it goes. */
export function progressLine({ jobs, ledger, storm, state }: Soak, elapsed: string): string {
  const ends = ledger.map(({ readTo }) => readTo);
  const lags = Object.values(jobs).map((job) => {
    const behind = ends.reduce((sum, end, partition) => sum + Math.max(0, end - (job.positions()[partition] ?? 0)), 0);
    return `${job.job} ${job.readings.length} batches, lag ${behind}`;
  });
  const faults = [...storm.counts.values()].reduce((sum, count) => sum + count, 0);
  return `${elapsed.padStart(8)}  ${entriesIn({ ledger })} entries; ${lags.join('; ')}; ${state.checked()} looks at state; ${faults} faults`;
}

const entriesIn = ({ ledger }: Pick<Soak, 'ledger'>) => ledger.reduce((sum, { entries }) => sum + entries.length, 0);

/** Resident memory of the executors, MiB each; none when no driver answers. */
export async function executorMemory({ cluster }: Soak): Promise<number[]> {
  try {
    const { executors } = await cluster.ask((control) =>
      call(control, 'ListExecutors', {}, { timeoutMs: CALL_TIMEOUT_MS }),
    );
    return executors.flatMap(({ status, residentBytes }) =>
      status === 'alive' ? Math.round(residentBytes / MIB) : [],
    );
  } catch {
    return [];
  }
}

/** What was done and met, whatever the verdict. */
export function summary(soak: Soak, memory: readonly number[]): string[] {
  const { jobs, ledger, state, storm, transfers } = soak;
  const outcomes = [...transfers.outcomes.values()];
  const count = (wanted: string) => outcomes.filter((outcome) => outcome === wanted).length;
  const bad = ledger.reduce((sum, { bad }) => sum + bad.length, 0);
  const restarts = Object.values(jobs).flatMap((job) => {
    const { count, last } = job.restarts();
    return count > 0 ? `${job.job} ${count} times, last for ${last}` : [];
  });
  return [
    `transfers: ${count('committed')} committed, ${count('aborted')} aborted, ${count('undecided')} undecided; bad records: ${bad}`,
    `batches: ${Object.values(jobs)
      .map((job) => `${job.job} ${job.readings.length}`)
      .join(', ')}; late rows: ${jobs.turnover.lateRows()}; looks at state: ${state.checked()}`,
    `faults: ${[...storm.counts].map(([kind, times]) => `${times} × ${kind}`).join(', ')}`,
    `runs of jobs begun again: ${restarts.join('; ') || 'none'}`,
    `processes that ended by themselves: ${storm.endings.join('; ') || 'none'}`,
    `resident memory of executors: ${memory.join(', ')} MiB`,
  ];
}

export function endText({ leftovers, slowestCalmMs }: SoakEnd): string {
  const { redisBytes, blobs, liveBlobs } = leftovers;
  return (
    `slowest calm: ${Math.round(slowestCalmMs)} ms; Redis: ${(redisBytes / MIB).toFixed(1)} MiB, ` +
    `${blobs} blobs of which ${liveBlobs} are live`
  );
}
