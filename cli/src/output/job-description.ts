import type { Counts, JobDescription, Progress } from '@millrace/proto';
import { batchText } from './job-list.ts';
import { paintStatus } from './job-status.ts';
import { ago, count, duration, instant, rate, size } from './quantities.ts';
import type { Style } from './style.ts';
import { renderFields, renderTable } from './table.ts';

/** Everything about a job on one page: status, last batch, partitions, state, spec. */
export function renderJobDescription(job: JobDescription, nowMs: number, style: Style): string {
  const sections = [
    summary(job, nowMs, style),
    job.lastProgress ? lastBatch(job.lastProgress, nowMs, style) : '',
    totals(job, style),
    job.lastProgress ? partitions(job.lastProgress, style) : '',
    tables(job, nowMs, style),
    state(job, style),
    job.specYaml === '' ? '' : `${style.bold('Spec')}\n${indented(job.specYaml)}`,
  ];
  return sections.filter((section) => section !== '').join('\n');
}

function summary({ summary, restarts }: JobDescription, nowMs: number, style: Style): string {
  if (!summary) return '';
  const { failure } = summary;
  return renderFields(
    [
      ['Job', style.bold(summary.jobId)],
      ['Status', paintStatus(summary.status, style)],
      ['Submitted', `${instant(summary.submittedMs)} (${ago(summary.submittedMs, nowMs)})`],
      ['Last batch', batchText(summary.lastBatch)],
      ['Throughput', rate(summary.recordsPerSecond)],
      ['Lag', `${count(summary.lagRecords)} records`],
      ['Restarts', restarts === 0 ? '' : String(restarts)],
      ['Failure', failure ? style.red(`${failure.message} (${failure.code})`) : ''],
      ['Remedy', failure?.hint ?? ''],
    ],
    style,
  );
}

function lastBatch(progress: Progress, nowMs: number, style: Style): string {
  const { counts, watermarkMs, timestampMs } = progress;
  const fields = renderFields(
    [
      ['Planned', `${instant(timestampMs)} (${ago(timestampMs, nowMs)})`],
      ['Duration', duration(progress.durationMs)],
      ['Phases', phaseText(progress)],
      ['Watermark', watermarkMs === undefined ? '' : `${instant(watermarkMs)} UTC`],
      ...(counts ? countFields(counts, style) : []),
      ['Tasks', tasksText(progress)],
    ],
    style,
  );
  return `${style.bold(`Batch ${progress.batchId}`)}\n${indented(fields)}`;
}

function totals({ totals }: JobDescription, style: Style): string {
  if (!totals || totals.recordsIn === 0) return '';
  return `${style.bold('Since this driver leads')}\n${indented(renderFields(countFields(totals, style), style))}`;
}

function countFields(counts: Counts, style: Style): [string, string][] {
  const { recordsIn, bytesIn, rowsOut, bytesOut, lateRows, badRecords, skippedRecords, nullFields } = counts;
  return [
    ['Read', `${count(recordsIn)} records, ${size(bytesIn)}`],
    ['Written', `${count(rowsOut)} rows${parts(counts.rowsByOutput)}, ${size(bytesOut)}`],
    ['Late', lateRows > 0 ? `${count(lateRows)} rows${parts(counts.lateByOperator)}` : ''],
    ['Bad', badRecords > 0 ? style.yellow(badText(counts)) : ''],
    ['Skipped', skippedRecords > 0 ? style.red(`${count(skippedRecords)} deleted records`) : ''],
    ['Null fields', nullFields > 0 ? count(nullFields) : ''],
  ];
}

const badText = ({ badRecords, badByReason }: Counts): string => `${count(badRecords)} records${parts(badByReason)}`;

/** ` (malformed 3, nullValue 1)`, the most first. */
export function parts(byName: Readonly<Record<string, number>>): string {
  const named = Object.entries(byName).sort(([, a], [, b]) => b - a);
  return named.length === 0 ? '' : ` (${named.map(([name, rows]) => `${name} ${count(rows)}`).join(', ')})`;
}

/** `plan 1.2 ms · dispatch 80 ms`, in the order they ran. */
export function phaseText({ phases }: Pick<Progress, 'phases'>): string {
  return phases.map(({ phase, ms }) => `${phase} ${duration(ms)}`).join(' · ');
}

function partitions({ partitions }: Progress, style: Style): string {
  if (partitions.length === 0) return '';
  const rows = partitions.map(({ source, topic, partition, offset, latest, lag }) => [
    source,
    topic,
    String(partition),
    count(offset),
    count(latest),
    count(lag),
  ]);
  const columns = [
    { title: 'SOURCE' },
    { title: 'TOPIC' },
    { title: 'PARTITION', align: 'right' as const },
    { title: 'NEXT', align: 'right' as const },
    { title: 'LATEST', align: 'right' as const },
    { title: 'LAG', align: 'right' as const },
  ];
  return `${style.bold('Partitions')}\n${indented(renderTable(columns, rows, style))}`;
}

function tables({ tables }: JobDescription, nowMs: number, style: Style): string {
  if (tables.length === 0) return '';
  const rows = tables.map(({ table, origin, version, rows, bytes, loadedMs, checkedMs, failures }) => [
    table,
    origin,
    version === '' ? 'none yet' : version.slice(0, VERSION_SHOWN),
    count(rows),
    size(bytes),
    loadedMs === 0 ? '' : ago(loadedMs, nowMs),
    checkedMs === 0 ? '' : ago(checkedMs, nowMs),
    failures === 0 ? '' : style.yellow(count(failures)),
  ]);
  const columns = [
    { title: 'TABLE' },
    { title: 'FROM' },
    { title: 'VERSION' },
    { title: 'ROWS', align: 'right' as const },
    { title: 'STORED', align: 'right' as const },
    { title: 'READ' },
    { title: 'CHECKED' },
    { title: 'FAILURES', align: 'right' as const },
  ];
  const failed = tables.flatMap(({ table, failure }) =>
    failure ? [style.red(`${table}: ${failure.message} (${failure.code})`)] : [],
  );
  return `${style.bold('Tables')}\n${indented([renderTable(columns, rows, style).trimEnd(), ...failed].join('\n'))}\n`;
}

/** Of a version's name: enough to tell two apart. */
const VERSION_SHOWN = 12;

function state({ state }: JobDescription, style: Style): string {
  if (state.length === 0) return '';
  const rows = state.map(({ operatorId, rows, bytes, blobs, blobBytes }) => [
    operatorId,
    count(rows),
    size(bytes),
    count(blobs),
    size(blobBytes),
  ]);
  const columns = [
    { title: 'OPERATOR' },
    { title: 'ROWS', align: 'right' as const },
    { title: 'MEMORY', align: 'right' as const },
    { title: 'BLOBS', align: 'right' as const },
    { title: 'STORED', align: 'right' as const },
  ];
  return `${style.bold('State')}\n${indented(renderTable(columns, rows, style))}`;
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}

function tasksText({ tasks, retries, secondAttempts }: Progress): string {
  const notes = [retries > 0 ? `${retries} retried` : '', secondAttempts > 0 ? `${secondAttempts} straggled` : ''];
  return [String(tasks), ...notes.filter((note) => note !== '')].join(', ');
}
