import { type BadLine, blankLines, excerptOf } from '../read/slice-lines.ts';
import { findMalformed } from './malformed-lines.ts';
import { type DecodedSource, eventTimeMaxOf, type SourceTask } from './read-source.ts';
import { allNull, makeSourceRows, rowsOf } from './source-relation.ts';
import type { SqlSession } from './sql-session.ts';
import { quoteName, quoteText, timestampOf } from './sql-text.ts';
import { lookAgain } from './wrong-types.ts';

export type Inspection = {
  /** In order of lines, each line once. */
  bad: BadLine[];
  /** Fields of the wrong type in rows that stay. */
  nullFields: number;
};

/**
 * Finds what is wrong with the records of the table of rows, which was read leniently. Rows that a bad line had swallowed
 * are there afterwards; bad rows are still there.
 */
export async function inspectRows(session: SqlSession, decoded: DecodedSource, task: SourceTask): Promise<Inspection> {
  const { lines } = decoded;
  const hasColumns = task.source.columns.length > 0;
  const malformed = hasColumns ? await malformedLines(session, decoded) : [];
  const { wrong, nullFields } = hasColumns
    ? await lookAgain(session, decoded, task.policy.strict)
    : { wrong: [], nullFields: 0 };
  const refused = await refusedLines(session, decoded);
  const future = await futureLines(session, decoded, eventTimeMaxOf(task));
  // Of several reasons the first counts: what cannot be read has no types, a wrong type says no change, and that no time.
  const byLine = new Map<number, BadLine>();
  for (const bad of [...lines.unreadable, ...malformed, ...wrong, ...refused, ...future]) {
    if (!byLine.has(bad.line)) byLine.set(bad.line, bad);
  }
  return { bad: [...byLine.values()].sort((a, b) => a.line - b.line), nullFields };
}

async function malformedLines(session: SqlSession, decoded: DecodedSource): Promise<BadLine[]> {
  const { target, lines, file } = decoded;
  const unreadable = new Set(lines.unreadable.map(({ line }) => line));
  const empty = await session.rows(
    `SELECT rowid FROM ${rowsOf(target)} WHERE ${allNull(target.source)} ORDER BY rowid`,
  );
  const suspects = empty.map(([rowid]) => Number(rowid)).filter((row) => !unreadable.has(row));
  if (suspects.length === 0) return [];
  const { malformed, swallowed } = await findMalformed(session, file, lines, suspects);
  blankLines(lines, malformed);
  file.writeLines(lines);
  if (swallowed) await makeSourceRows(session, decoded, 'lenient');
  return malformed;
}

/** Records of changes that say none. */
async function refusedLines(session: SqlSession, { target, lines }: DecodedSource): Promise<BadLine[]> {
  const { changes, columns } = target.source;
  if (!changes) return [];
  const skipped = new Set(changes.tombstones === 'skip' ? lines.tombstones : []);
  const cases = changes.checks.map(({ sql, detail }) => `WHEN (${sql}) IS NOT TRUE THEN ${quoteText(detail)}`);
  const rows = await session.rows(
    `SELECT * FROM (SELECT rowid, CASE ${cases.join(' ')} END AS detail FROM ${rowsOf(target)}) WHERE detail IS NOT NULL ORDER BY rowid`,
  );
  return rows
    .map(([rowid, detail]) => ({ line: Number(rowid), detail: String(detail) }))
    .filter(({ line }) => !skipped.has(line))
    .map(({ line, detail }) => {
      const excerpt = columns.length > 0 ? excerptOf(lines, line) : '';
      return { line, reason: 'notChange', detail, excerpt };
    });
}

async function futureLines(session: SqlSession, decoded: DecodedSource, maxMs: number | null): Promise<BadLine[]> {
  const { target, lines } = decoded;
  if (maxMs === null) return [];
  const column = quoteName(target.source.eventTimeColumn!);
  const rows = await session.rows(
    `SELECT rowid, ${column}::VARCHAR FROM ${rowsOf(target)} WHERE ${column} > ${timestampOf(maxMs)} ORDER BY rowid`,
  );
  return rows.map(([rowid, time]) => {
    const line = Number(rowid);
    const detail = `${target.source.eventTimeColumn} is ${time}`;
    const excerpt = target.source.columns.length > 0 ? excerptOf(lines, line) : '';
    return { line, reason: 'futureTimestamp', detail, excerpt };
  });
}
