/** `tumble(…)`, `hop(…)` or `session(…)`, the word alone. */
const WINDOW_FUNCTION = /\b(tumble|hop|session)\s*\(/;
const EPOCH = "TIMESTAMP '1970-01-01'";

/**
 * The query in plain DuckDB, which has no window functions in FROM: each becomes a subquery of what Millrace documents. With
 * `closedBy`, SQL of a moment, windows that end later are left out, as the append mode does.
 */
export function plainWindows(query: string, closedBy?: string): string {
  const found = WINDOW_FUNCTION.exec(query);
  if (!found) return query;
  const open = found.index + found[0].length;
  const { parts, end } = splitArguments(query, open);
  const [relation, time, ...more] = parts as [string, string, ...string[]];
  const input = plainWindows(relation, closedBy);
  const windows = windowsOf(found[1]!, input, time, more);
  const wanted = closedBy === undefined ? windows : `(SELECT * FROM ${windows} WHERE window_end <= ${closedBy})`;
  return query.slice(0, found.index) + wanted + plainWindows(query.slice(end), closedBy);
}

function windowsOf(name: string, relation: string, time: string, [first, ...more]: readonly string[]): string {
  switch (name) {
    case 'tumble':
      return tumbled(relation, time, first!);
    case 'hop':
      return hopped(relation, time, first!, more[0]!);
    default:
      return sessions(relation, time, first!, more);
  }
}

function tumbled(relation: string, time: string, size: string): string {
  const start = `time_bucket(${size}, ${time}, ${EPOCH})`;
  return `(SELECT *, ${start} AS window_start, ${start} + ${size} AS window_end FROM ${relation})`;
}

/** From the window that begins last before a row's time back to the one that has just not ended. */
function hopped(relation: string, time: string, slide: string, size: string): string {
  const starts = `range(time_bucket(${slide}, ${time}, ${EPOCH}), ${time} - ${size}, -${slide})`;
  return `(SELECT *, window_start + ${size} AS window_end FROM (SELECT *, unnest(${starts}) AS window_start FROM ${relation}))`;
}

/** A session ends a gap after its last row; a row that comes just then begins another. */
function sessions(relation: string, time: string, gap: string, keys: readonly string[]): string {
  const byKey = keys.length > 0 ? `PARTITION BY ${keys.join(', ')}` : '';
  const begins = `coalesce(${time} >= lag(${time}) OVER (${byKey} ORDER BY ${time}) + ${gap}, TRUE) AS session_begins`;
  const marked = `(SELECT *, ${begins} FROM ${relation})`;
  const number = `count(*) FILTER (session_begins) OVER (${byKey} ORDER BY ${time}) AS session_number`;
  const numbered = `(SELECT *, ${number} FROM ${marked})`;
  const bounds = `min(${time}) OVER one AS window_start, max(${time}) OVER one + ${gap} AS window_end`;
  const one = `WINDOW one AS (PARTITION BY ${[...keys, 'session_number'].join(', ')})`;
  return `(SELECT * EXCLUDE (session_begins, session_number), ${bounds} FROM ${numbered} ${one})`;
}

/** Arguments that begin at `from`, and the place after the bracket that closes them. */
function splitArguments(text: string, from: number): { parts: string[]; end: number } {
  const parts: string[] = [];
  let depth = 0;
  let quoted = false;
  let start = from;
  for (let i = from; i < text.length; i++) {
    const letter = text[i];
    if (letter === "'") quoted = !quoted;
    if (quoted) continue;
    if (letter === '(') depth++;
    else if ((letter === ')' && depth === 0) || (letter === ',' && depth === 0)) {
      parts.push(text.slice(start, i).trim());
      start = i + 1;
      if (letter === ')') return { parts, end: i + 1 };
    } else if (letter === ')') depth--;
  }
  throw new Error(`a bracket is not closed: ${text.slice(from)}`);
}
