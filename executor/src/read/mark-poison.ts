import type { LanePoison } from '../lanes/messages.ts';
import { type BadLine, blankLines, excerptOf, type RecordLines } from './slice-lines.ts';

/**
 * Marks records that tasks fail on as bad, before anything looks at them: their lines become `{}`. Those that are not there (an
 * aborted transaction's) or bad already stay as they are.
 */
export function markPoison(lines: RecordLines, poison: readonly LanePoison[]): void {
  if (poison.length === 0) return;
  const known = new Set(lines.unreadable.map(({ line }) => line));
  const marked = poison.flatMap(({ detail, ...place }): BadLine[] => {
    const line = lineOf(lines, place);
    if (line === null || known.has(line)) return [];
    return [{ line, reason: 'poison', detail, excerpt: hasText(lines) ? excerptOf(lines, line) : '' }];
  });
  if (hasText(lines)) blankLines(lines, marked);
  lines.unreadable = [...lines.unreadable, ...marked].sort((a, b) => a.line - b.line);
}

function lineOf(lines: RecordLines, { topic, partition, offset }: Omit<LanePoison, 'detail'>): number | null {
  for (const range of lines.ranges) {
    if (range.topic !== topic || range.partition !== partition) continue;
    const line = lines.offsets.subarray(range.firstLine, range.untilLine).indexOf(offset);
    if (line >= 0) return range.firstLine + line;
  }
  return null;
}

/** Raw sources have no lines of text. */
const hasText = ({ segments }: RecordLines): boolean => segments.every(({ text }) => text !== null);
