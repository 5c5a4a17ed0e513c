import { CRASH_POINTS, type CrashCell } from '../e2e/support/crash-cell.ts';
import { FAULTS, VICTIMS } from '../e2e/support/crash-fault.ts';

type Result = { cell: CrashCell; recoveryMs: number | null };

const VICTIM_NAMES = {
  driver: 'the leading driver',
  executor: 'the executor that has the call',
  redis: 'Redis',
} as const;

/** The table of what happened, as a page of docs/. */
export function crashMatrixPage(results: readonly Result[], outageMs: number): string {
  const seconds = outageMs / 1_000;
  const exact = results.filter(({ recoveryMs }) => recoveryMs !== null);
  const worst = (victim: CrashCell['victim']) =>
    Math.max(...exact.filter(({ cell }) => cell.victim === victim).map(({ recoveryMs }) => recoveryMs!));
  const outcomeAt = (point: string, victim: string, fault: string) => {
    const result = results.find(({ cell }) => cell.point === point && cell.victim === victim && cell.fault === fault);
    if (!result) return 'not run';
    return result.recoveryMs === null ? '**wrong**' : `${(result.recoveryMs / 1_000).toFixed(1)} s`;
  };
  const rows = Object.keys(CRASH_POINTS).flatMap((point) =>
    VICTIMS.map((victim) => {
      const outcomes = FAULTS.map((fault) => outcomeAt(point, victim, fault));
      return `| ${[point, VICTIM_NAMES[victim], ...outcomes].join(' | ')} |`;
    }),
  );
  return `# Crash matrix

Written by \`npm run crash-matrix\` on real processes: a driver that leads, one that stands by, two executors, Redis with \`appendfsync always\`, Kafka. A job
reads payments, keeps windows as state and appends closed ones to a topic, exactly once. At a named point of its second batch something happens to a
victim, and afterwards the logs must be without a gap and what a \`read_committed\` reader sees must be DuckDB's answer, row by row.

- **killed**: SIGKILL; Redis is started again at once, driver and executor stay away.
- **stopped**: SIGSTOP for ${seconds} s, then SIGCONT; the victim must find its place again.
- **cut**: for ${seconds} s nothing passes, and nobody is told: between the driver and Redis; between the executor and all but Kafka; between Redis and everybody.

A cell says how long it took until the batch was committed and visible: from the fault on; of a Redis that was stopped or cut off, from its return on. ${exact.length} of
${results.length} came out exact, the slowest after ${(worst('driver') / 1_000).toFixed(1)} s (driver), ${(worst('executor') / 1_000).toFixed(1)} s (executor) and ${(worst('redis') / 1_000).toFixed(1)} s (Redis), several at a time on two cores.

| when | victim | killed | stopped | cut |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
}
