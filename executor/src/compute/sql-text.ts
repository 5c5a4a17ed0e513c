/** A name as a quoted SQL identifier. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as an SQL string literal. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A list of texts or numbers as an SQL list literal. */
export function quoteList(items: readonly (string | number)[]): string {
  return `[${items.map((item) => (typeof item === 'number' ? String(item) : quoteText(item))).join(', ')}]`;
}

/** Milliseconds since the epoch as a TIMESTAMP expression; null as '-infinity', which is before every time. */
export function timestampOf(epochMs: number | null): string {
  return epochMs === null ? "'-infinity'::TIMESTAMP" : `make_timestamp_ms(${Math.trunc(epochMs)})`;
}
