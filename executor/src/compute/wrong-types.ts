import type { SourceColumn } from '@millrace/shared/plan';
import { type BadLine, excerptOf } from '../read/slice-lines.ts';
import type { DecodedSource } from './read-source.ts';
import { readLines, rowsOf } from './source-relation.ts';
import type { SqlSession } from './sql-session.ts';
import { quoteName, quoteText } from './sql-text.ts';
import { isNested, misfit, takesAnything } from './type-misfit.ts';

/**
 * Tells fields of the wrong type, which a lenient reading made NULL, from fields that are NULL or missing: the file is parsed
 * once more, only for columns that have NULLs (or may hide them inside), as the JSON that is there. `strict`: gives the lines
 * of such fields; else only counts them.
 */
export async function lookAgain(
  session: SqlSession,
  decoded: DecodedSource,
  strict: boolean,
): Promise<{ wrong: BadLine[]; nullFields: number }> {
  const suspects = await columnsWithNulls(session, decoded);
  if (suspects.length === 0) return { wrong: [], nullFields: 0 };
  const raw = suspects.map(({ name }) => ({ name, jsonType: 'JSON' }));
  const from =
    `(SELECT rowid AS __line, * FROM ${rowsOf(decoded.target)}) AS seen ` +
    `POSITIONAL JOIN ${readLines(decoded, 'lenient', raw)} AS raw`;
  if (!strict) {
    const counts = suspects.map((column) => `count(*) FILTER (WHERE ${isWrong(column)})`);
    const [row] = await session.rows(`SELECT ${counts.join(' + ')} FROM ${from}`);
    return { wrong: [], nullFields: Number(row?.[0] ?? 0) };
  }
  const names = suspects.map((column) => `CASE WHEN ${isWrong(column)} THEN ${quoteText(column.name)} END`);
  const rows = await session.rows(
    `SELECT __line, fields FROM (SELECT __line, concat_ws(', ', ${names.join(', ')}) AS fields FROM ${from}) WHERE fields <> '' ORDER BY __line`,
  );
  const wrong = rows.map(([at, fields]): BadLine => {
    const line = Number(at);
    const detail = `wrong type: ${fields}`;
    return { line, reason: 'wrongType', detail, excerpt: excerptOf(decoded.lines, line) };
  });
  return { wrong, nullFields: 0 };
}

async function columnsWithNulls(session: SqlSession, { target }: DecodedSource): Promise<SourceColumn[]> {
  const columns = target.source.columns.filter(({ jsonType }) => !takesAnything(jsonType));
  if (columns.length === 0) return [];
  const nulls = columns.map(({ name }) => `count(*) FILTER (WHERE ${quoteName(name)} IS NULL)`);
  const [counts = []] = await session.rows(`SELECT ${nulls.join(', ')} FROM ${rowsOf(target)}`);
  return columns.filter(({ jsonType }, index) => isNested(jsonType) || Number(counts[index]) > 0);
}

/** What was read is at hand, so only inside of lists, structs and maps the JSON must be tried against the type. */
function isWrong({ name, jsonType }: SourceColumn): string {
  const raw = `raw.${quoteName(name)}`;
  return isNested(jsonType) ? misfit(raw, jsonType) : `seen.${quoteName(name)} IS NULL AND ${raw} IS NOT NULL`;
}
