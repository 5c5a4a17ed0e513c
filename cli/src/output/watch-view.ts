import type { JobSummary, Progress, TaskEvent, WatchEvent } from '@millrace/proto';
import { parts, phaseText } from './job-description.ts';
import { batchText } from './job-list.ts';
import { paintStatus } from './job-status.ts';
import { count, duration, instant, rate, shortCount, size } from './quantities.ts';
import { sparkline } from './sparkline.ts';
import type { Style } from './style.ts';
import { renderFields, truncate } from './table.ts';

/** What the live panel shows: the newest of everything, and a little history. */
export type WatchView = {
  job: JobSummary | null;
  progress: Progress | null;
  /** Records per second of the last batches, oldest first. */
  rates: readonly number[];
  sinkText: string;
  retries: number;
};

export const EMPTY_VIEW: WatchView = { job: null, progress: null, rates: [], sinkText: '', retries: 0 };

/** As many batches as fit into a corner of an 80-character line. */
const RATES_KEPT = 32;

export function foldWatch(view: WatchView, event: WatchEvent): WatchView {
  const { progress } = event;
  return {
    job: event.job ?? view.job,
    progress: progress ?? view.progress,
    rates: progress === null ? view.rates : [...view.rates, batchRate(progress)].slice(-RATES_KEPT),
    sinkText: event.sinkText === '' ? view.sinkText : event.sinkText,
    retries: view.retries + (progress?.retries ?? 0),
  };
}

/** Records per second while the batch ran. */
export function batchRate({ counts, durationMs }: Pick<Progress, 'counts' | 'durationMs'>): number {
  return durationMs > 0 ? ((counts?.recordsIn ?? 0) * 1000) / durationMs : 0;
}

/** Lines of the live panel, none wider than `screen.width`, not more than `screen.height`. */
export function watchPanel(
  view: WatchView,
  nowMs: number,
  screen: { width: number; height: number },
  style: Style,
): string[] {
  const { job, progress } = view;
  if (job === null) return ['waiting for the driver …'];
  const title = `${style.bold(job.jobId)}  ${paintStatus(job.status, style)}  ${style.dim(`batch ${batchText(job.lastBatch)}`)}`;
  const fields = renderFields(
    [
      ['throughput', `${rate(job.recordsPerSecond).padEnd(9)} ${style.cyan(sparkline(view.rates))}`],
      ['lag', `${count(job.lagRecords)} records`],
      ['watermark', progress ? watermarkText(progress, nowMs) : ''],
      ['last batch', progress ? batchTextOf(progress) : ''],
      ['phases', progress ? phaseText(progress) : ''],
      ['state', progress ? stateText(progress) : ''],
      [
        'retries',
        view.retries === 0 ? '' : style.yellow(`${count(view.retries)} task${view.retries === 1 ? '' : 's'} ran again`),
      ],
      ['failure', job.failure ? style.red(job.failure.message.split('\n')[0]!) : ''],
    ],
    style,
  );
  const rows = [title, ...fields.trimEnd().split('\n')];
  const sink = view.sinkText === '' ? [] : ['', ...view.sinkText.trimEnd().split('\n')];
  return [...rows, ...sink].slice(0, screen.height).map((line) => truncate(line, screen.width));
}

/** One batch as one line of a log, columns aligned from batch to batch. */
export function watchLine(progress: Progress, style: Style): string {
  const { counts, partitions, retries, secondAttempts } = progress;
  const lag = partitions.reduce((sum, partition) => sum + partition.lag, 0);
  const parts = [
    style.bold(`batch ${String(progress.batchId).padEnd(6)}`),
    `${shortCount(counts?.recordsIn ?? 0)} in`.padStart(9),
    `${shortCount(counts?.rowsOut ?? 0)} out`.padStart(10),
    duration(progress.durationMs).padStart(8),
    rate(batchRate(progress)).padStart(9),
    `lag ${count(lag)}`,
    progress.watermarkMs === undefined ? '' : `watermark ${instant(progress.watermarkMs)}`,
    lossText(progress),
    retries > 0 ? style.yellow(`${retries} retried`) : '',
    secondAttempts > 0 ? style.yellow(`${secondAttempts} straggled`) : '',
  ];
  return parts.filter((part) => part !== '').join('  ');
}

/** An executor came or went, a task was retried. */
export function taskEventLine(event: TaskEvent, style: Style): string {
  const clock = new Date(event.atMs).toISOString().slice(11, 19);
  const paint =
    event.kind === 'executorLost' ? style.red : event.kind === 'executorJoined' ? style.green : style.yellow;
  return `${style.dim(clock)}  ${paint(words(event.kind).padEnd(17))}  ${event.text}`;
}

/** `executorLost` → `executor lost`. */
function words(kind: string): string {
  return kind.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function watermarkText({ watermarkMs }: Progress, nowMs: number): string {
  if (watermarkMs === undefined) return '';
  const behind = nowMs - watermarkMs;
  return `${instant(watermarkMs)} UTC${behind > 0 ? `, ${duration(behind)} behind now` : ''}`;
}

function batchTextOf(progress: Progress): string {
  const { counts } = progress;
  const read = `${count(counts?.recordsIn ?? 0)} records (${size(counts?.bytesIn ?? 0)}) in, ${count(counts?.rowsOut ?? 0)} rows out${parts(counts?.rowsByOutput ?? {})}`;
  return [`${duration(progress.durationMs)}: ${read}`, lossText(progress)].filter(Boolean).join(', ');
}

/** Rows that are not in the result; empty when there are none. */
function lossText({ counts }: Progress): string {
  if (!counts) return '';
  const late = counts.lateRows > 0 ? `${count(counts.lateRows)} late` : '';
  const bad = counts.badRecords > 0 ? `${count(counts.badRecords)} bad` : '';
  const skipped = counts.skippedRecords > 0 ? `${count(counts.skippedRecords)} skipped` : '';
  return [late, bad, skipped].filter(Boolean).join(', ');
}

function stateText({ state }: Progress): string {
  if (state.length === 0) return '';
  const rows = state.reduce((sum, operator) => sum + operator.rows, 0);
  const bytes = state.reduce((sum, operator) => sum + operator.bytes, 0);
  return `${count(rows)} rows, ${size(bytes)}`;
}
