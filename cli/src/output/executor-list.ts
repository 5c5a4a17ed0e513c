import type { ExecutorSummary } from '@millrace/proto';
import { paintStatus } from './job-status.ts';
import { ago, count, size } from './quantities.ts';
import type { Style } from './style.ts';
import { renderTable, type TableColumn } from './table.ts';

const COLUMNS: readonly TableColumn[] = [
  { title: 'EXECUTOR' },
  { title: 'STATUS' },
  { title: 'ADDRESS' },
  { title: 'LANES', align: 'right' },
  { title: 'MEMORY', align: 'right' },
  { title: 'DONE', align: 'right' },
  { title: 'FAILED', align: 'right' },
  { title: 'SEEN' },
];

/** A table of executors; lanes as busy/all. */
export function renderExecutorList(executors: readonly ExecutorSummary[], nowMs: number, style: Style): string {
  if (executors.length === 0) return 'no executors; `millrace executor` starts one\n';
  const rows = executors.map((executor) => [
    style.bold(executor.executorId),
    paintStatus(executor.status, style),
    executor.address,
    `${executor.busyLanes}/${executor.lanes}`,
    size(executor.residentBytes),
    count(executor.tasksDone),
    count(executor.tasksFailed),
    ago(executor.lastHeartbeatMs, nowMs),
  ]);
  return renderTable(COLUMNS, rows, style);
}
