import {
  count,
  paintStatus,
  rate,
  renderTable,
  type Style,
  shortCount,
  size,
  truncate,
  type WatchView,
  watchPanel,
} from '@millrace/cli/output';
import type { ExecutorSummary } from '@millrace/proto';

/** What the demo knows beside the events of the job. */
export type DemoFacts = {
  paid: number;
  executors: readonly ExecutorSummary[];
  /** Of the newest window, as the job's state has it: the users who spent most. Window, user, payments, total. */
  spenders: readonly (readonly string[])[];
  /** What happened, oldest first. */
  news: readonly string[];
};

export type FrameSize = { width: number; height: number };

/** Even the smallest screen has room for a death and what follows from it. */
const NEWS_LINES_MIN = 5;
/** The rest of a higher screen belongs to the news. */
const SPENDERS_MAX = 12;

/** The panel: not more than `height` lines, none as wide as `width`. */
export function demoFrame(view: WatchView, facts: DemoFacts, nowMs: number, size: FrameSize, style: Style): string[] {
  const { width, height } = size;
  const paid = `${style.dim('paid')}        ${count(facts.paid)} payments`;
  const head = [...watchPanel(view, nowMs, size, style), paid, ...executorTable(facts.executors, style)];
  const room = height - head.length;
  const spenders = spenderTable(facts.spenders, Math.min(SPENDERS_MAX, room - NEWS_LINES_MIN - 1), style);
  const newsLines = Math.max(0, room - spenders.length);
  const news = newsLines === 0 ? [] : facts.news.slice(-newsLines);
  return [...head, ...spenders, ...news].slice(0, height).map((line) => truncate(line, width - 1));
}

/** The same in a line, for logs. */
export function demoLine({ job, progress }: WatchView, { paid, executors }: DemoFacts): string {
  const alive = executors.filter(({ status }) => status === 'alive').length;
  const parts = [
    `batch ${progress?.batchId ?? -1}`,
    `${shortCount(paid)} payments made`,
    rate(job?.recordsPerSecond ?? 0),
    `lag ${count(job?.lagRecords ?? 0)}`,
    `${alive} executors`,
  ];
  return `  ${parts.join('  ')}`;
}

function executorTable(executors: readonly ExecutorSummary[], style: Style): string[] {
  if (executors.length === 0) return [];
  const rows = executors.map(({ executorId, status, busyLanes, lanes, tasksDone, tasksFailed, residentBytes }) => {
    const present = status === 'lost' || status === 'left' ? ['', ''] : [`${busyLanes}/${lanes}`, size(residentBytes)];
    return [executorId, paintStatus(status, style), ...present, count(tasksDone), count(tasksFailed)];
  });
  return linesOf(['EXECUTOR', 'STATUS', '>BUSY', '>MEMORY', '>TASKS', '>FAILED'], rows, style);
}

function spenderTable(spenders: DemoFacts['spenders'], rowsMax: number, style: Style): string[] {
  if (spenders.length === 0 || rowsMax < 1) return [];
  return linesOf(['WINDOW', 'TOP SPENDERS', '>PAYMENTS', '>TOTAL'], spenders.slice(0, rowsMax), style);
}

/** A title that begins with `>` is a column of numbers. */
function linesOf(titles: readonly string[], rows: readonly (readonly string[])[], style: Style): string[] {
  const columns = titles.map((title) =>
    title.startsWith('>') ? { title: title.slice(1), align: 'right' as const } : { title },
  );
  return renderTable(columns, rows, style).trimEnd().split('\n');
}
