import { QUERIES } from '../../examples/nexmark/queries.ts';
import type { CheckResult } from './check/check-query.ts';
import type { QueryResult } from './run-query.ts';

const HEADINGS = ['query', 'what it is', 'events/s', 'bare pipe', 'ratio', 'target', 'answer'] as const;
/** Of the columns that hold numbers. */
const FLUSH_RIGHT: readonly (typeof HEADINGS)[number][] = ['events/s', 'bare pipe', 'ratio', 'target'];
const NOTHING = '–';

const whole = (value: number) => Math.round(value).toLocaleString('en');

/** Whether nothing is wrong with it: a refusal is none, as it is said before anything runs. */
export function isFine(result: QueryResult): boolean {
  return result.kind === 'refused' || (result.kind === 'ran' && result.check?.verdict !== 'differs');
}

/** A line for each query, and below it what there is to say. */
export function textTable(results: readonly QueryResult[]): string {
  const rows = [[...HEADINGS], ...results.map(cells)];
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) => {
    const padded = row.map((cell, column) => pad(cell, HEADINGS[column]!, widths[column]!));
    return padded.join('  ').trimEnd();
  });
  return [...lines, ...results.flatMap(remarks)].join('\n');
}

export function markdownTable(results: readonly QueryResult[]): string {
  const line = (row: readonly string[]) => `| ${row.join(' | ')} |`;
  const rule = HEADINGS.map((heading) => (FLUSH_RIGHT.includes(heading) ? '---:' : '---'));
  return [HEADINGS, rule, ...results.map(cells)].map(line).join('\n');
}

function pad(cell: string, heading: (typeof HEADINGS)[number], width: number): string {
  return FLUSH_RIGHT.includes(heading) ? cell.padStart(width) : cell.padEnd(width);
}

function cells(result: QueryResult): string[] {
  const { title, targetEventsPerSecond } = QUERIES.find(({ name }) => name === result.query)!;
  const { steady, pipeEventsPerSecond, ratio } = (result.kind === 'ran' ? result.throughput : null) ?? {};
  return [
    result.query,
    title,
    steady ? whole(steady.recordsPerSecond) : NOTHING,
    pipeEventsPerSecond ? whole(pipeEventsPerSecond) : NOTHING,
    ratio ? ratio.toFixed(2) : NOTHING,
    targetEventsPerSecond === null ? NOTHING : `≥ ${whole(targetEventsPerSecond)}`,
    verdict(result),
  ];
}

function verdict(result: QueryResult): string {
  switch (result.kind) {
    case 'ran':
      return result.check ? `${result.check.verdict}, ${whole(result.check.rows)} rows` : NOTHING;
    case 'refused':
    case 'failed':
      return result.kind;
    default:
      return result satisfies never;
  }
}

function remarks(result: QueryResult): string[] {
  const lines = result.kind === 'ran' ? [] : [`${result.kind}: ${result.reason}`];
  if (result.kind === 'ran' && result.throughput?.steady === null) {
    lines.push('too few batches to measure: give more --events');
  }
  const check = result.kind === 'refused' ? null : result.check;
  return [...lines, ...(check ? checkRemarks(check) : [])].map((line) => `${result.query}: ${line}`);
}

function checkRemarks({ verdict: said, missing, surplus, sample, lateRows, rows }: CheckResult): string[] {
  const lines: string[] = [];
  if (said === 'differs' && rows === 0) lines.push('DuckDB finds nothing, so nothing is compared');
  else if (said === 'differs') lines.push(`${whole(missing)} rows are missing, ${whole(surplus)} are wrong`, ...sample);
  if (lateRows > 0) lines.push(`${whole(lateRows)} rows came late`);
  return lines;
}
