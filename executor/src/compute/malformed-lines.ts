import { MillraceError } from '@millrace/shared/errors';
import type { LineFile } from '../read/slice-file.ts';
import { type BadLine, excerptOf, lineText, type RecordLines } from '../read/slice-lines.ts';
import type { SqlSession } from './sql-session.ts';
import { quoteText } from './sql-text.ts';

const GUARD = Buffer.from('\n{}\n');

/**
 * Which of `suspects` (rows that came out all NULL) are malformed rather than objects without the wanted fields, by
 * the same parser that read them. `swallowed` is true when a good line lost its row to the malformed one before it:
 * read_json does that after a line like `{"a":`. Then the bad lines must be blanked and the file read again.
 * The file holds the suspects alone afterwards.
 */
export async function findMalformed(
  session: SqlSession,
  file: LineFile,
  lines: RecordLines,
  suspects: readonly number[],
): Promise<{ malformed: BadLine[]; swallowed: boolean }> {
  // Each suspect is followed by a line that may be swallowed.
  file.write(suspects.flatMap((line) => [lineText(lines, line), GUARD]));
  const rows = await session.rows(
    `SELECT json IS NULL FROM read_json_objects(${quoteText(file.path)}, format = 'newline_delimited', ignore_errors = true)`,
  );
  if (rows.length !== suspects.length * 2)
    throw new MillraceError('INTERNAL', 'Lines were lost while looking for bad records.');
  const bad = suspects.filter((_, index) => rows[index * 2]?.[0] === true);
  const known = new Set(bad);
  const swallowed = suspects.some((line) => !known.has(line) && known.has(line - 1));
  return { malformed: bad.map((line) => malformedLine(lines, line)), swallowed };
}

function malformedLine(lines: RecordLines, line: number): BadLine {
  return { line, reason: 'malformed', detail: detailOf(lineText(lines, line)), excerpt: excerptOf(lines, line) };
}

/** JSON.parse explains better than DuckDB; where it is the more lenient of the two, there is less to say. */
function detailOf(text: Buffer): string {
  try {
    JSON.parse(text.toString().trim());
    return 'not valid JSON (invalid UTF-8, or a lone surrogate)';
  } catch (error) {
    return error instanceof Error ? error.message : 'not valid JSON';
  }
}
