import { MillraceError } from '../errors/index.ts';
import { nearest } from './did-you-mean.ts';

/** `type` in DuckDB's own spelling, so that equal types are equal texts. */
export type ColumnTypeReading = { ok: true; type: string } | { ok: false; message: string; hint: string };

/** A record that nests deeper is a mistake, and the reader below is recursive. */
const NESTING_MAX = 16;
const DECIMAL_PRECISION_MAX = 38;
/** DuckDB's own default for a bare DECIMAL. */
const DECIMAL_DEFAULT = 'DECIMAL(18,3)';

/** Written name → DuckDB's name. What JSON can hold, nothing that reads files or needs an extension. */
const PLAIN_TYPES: Readonly<Record<string, string>> = {
  BOOLEAN: 'BOOLEAN',
  BOOL: 'BOOLEAN',
  TINYINT: 'TINYINT',
  SMALLINT: 'SMALLINT',
  INTEGER: 'INTEGER',
  INT: 'INTEGER',
  BIGINT: 'BIGINT',
  LONG: 'BIGINT',
  HUGEINT: 'HUGEINT',
  UTINYINT: 'UTINYINT',
  USMALLINT: 'USMALLINT',
  UINTEGER: 'UINTEGER',
  UBIGINT: 'UBIGINT',
  FLOAT: 'FLOAT',
  REAL: 'FLOAT',
  DOUBLE: 'DOUBLE',
  VARCHAR: 'VARCHAR',
  TEXT: 'VARCHAR',
  STRING: 'VARCHAR',
  DATE: 'DATE',
  TIME: 'TIME',
  TIMESTAMP: 'TIMESTAMP',
  TIMESTAMPTZ: 'TIMESTAMP WITH TIME ZONE',
  INTERVAL: 'INTERVAL',
  UUID: 'UUID',
  JSON: 'JSON',
};

const KNOWN = [...Object.keys(PLAIN_TYPES), 'DECIMAL', 'NUMERIC', 'STRUCT', 'MAP'];

const refusal = (message: string, hint: string) => new MillraceError('INVALID_SPEC', message, { hint });

/** Reads a DuckDB type from the whitelist: plain ones, DECIMAL(p, s), T[], STRUCT(name T, …), MAP(K, V). Pure. */
export function readColumnType(text: string): ColumnTypeReading {
  const tokens = text.match(/"(?:[^"]|"")*"|[A-Za-z_][A-Za-z0-9_]*|\d+|[^\s]/g) ?? [];
  try {
    const reader = { tokens, next: 0 };
    const type = readType(reader, 0);
    if (reader.next < tokens.length) {
      throw refusal(`"${tokens[reader.next]}" is not expected here`, 'One type a column, such as DECIMAL(12,2).');
    }
    return { ok: true, type };
  } catch (error) {
    if (error instanceof MillraceError) return { ok: false, message: error.message, hint: error.hint };
    throw error;
  }
}

type Reader = { tokens: string[]; next: number };

const peek = (reader: Reader): string | undefined => reader.tokens[reader.next];

function expect(reader: Reader, token: string, hint: string): void {
  const found = reader.tokens[reader.next++];
  if (found === token) return;
  throw refusal(
    found === undefined ? `"${token}" is missing at the end` : `"${token}" is missing before "${found}"`,
    hint,
  );
}

function readType(reader: Reader, depth: number): string {
  if (depth > NESTING_MAX) {
    throw refusal('the type is nested too deeply', `At most ${NESTING_MAX} levels; declare the field as JSON instead.`);
  }
  let type = readBareType(reader, depth);
  while (peek(reader) === '[') {
    reader.next++;
    expect(reader, ']', 'A list of any length is written VARCHAR[].');
    type += '[]';
  }
  return type;
}

function readBareType(reader: Reader, depth: number): string {
  const word = reader.tokens[reader.next++] ?? '';
  const name = word.toUpperCase();
  if (name === 'DECIMAL' || name === 'NUMERIC') return readDecimal(reader);
  if (name === 'STRUCT') return readStruct(reader, depth);
  if (name === 'MAP') return readMap(reader, depth);
  if (name === 'TIMESTAMP' && peek(reader)?.toUpperCase() === 'WITH') {
    for (const part of ['WITH', 'TIME', 'ZONE']) {
      if (reader.tokens[reader.next++]?.toUpperCase() !== part) {
        throw refusal('WITH is not complete', 'Write TIMESTAMP WITH TIME ZONE, or TIMESTAMPTZ.');
      }
    }
    return PLAIN_TYPES.TIMESTAMPTZ!;
  }
  const type = Object.hasOwn(PLAIN_TYPES, name) ? PLAIN_TYPES[name] : undefined;
  if (type === undefined) throw unknownType(word);
  return type;
}

function unknownType(word: string): MillraceError {
  if (!/^[A-Za-z]/.test(word)) return refusal('a type is missing', 'For example VARCHAR, BIGINT or DECIMAL(12,2).');
  const near = nearest(word, KNOWN);
  const hint =
    'Known are VARCHAR, BIGINT, DOUBLE, DECIMAL(p,s), BOOLEAN, DATE, TIMESTAMP, T[], STRUCT(…), MAP(…) and more.';
  return refusal(`there is no type "${word}"`, near === undefined ? hint : `Did you mean ${near}?`);
}

function readDecimal(reader: Reader): string {
  if (peek(reader) !== '(') return DECIMAL_DEFAULT;
  reader.next++;
  const hint = 'Write DECIMAL(precision, scale), such as DECIMAL(12,2).';
  const precision = readNumber(reader, hint);
  let scale = 0;
  if (peek(reader) === ',') {
    reader.next++;
    scale = readNumber(reader, hint);
  }
  expect(reader, ')', hint);
  if (precision < 1 || precision > DECIMAL_PRECISION_MAX) {
    throw refusal(
      `a precision of ${precision} is out of range`,
      `The precision is 1 to ${DECIMAL_PRECISION_MAX} digits.`,
    );
  }
  if (scale > precision) {
    throw refusal(
      `the scale ${scale} exceeds the precision ${precision}`,
      'The scale counts digits after the point, the precision all of them.',
    );
  }
  return `DECIMAL(${precision},${scale})`;
}

function readNumber(reader: Reader, hint: string): number {
  const token = reader.tokens[reader.next++];
  if (token === undefined || !/^\d{1,9}$/.test(token)) throw refusal('a number of digits is missing', hint);
  return Number(token);
}

function readStruct(reader: Reader, depth: number): string {
  const hint = 'Write STRUCT(name TYPE, other TYPE).';
  expect(reader, '(', hint);
  const fields: string[] = [];
  const seen = new Set<string>();
  do {
    const name = readFieldName(reader, hint);
    if (seen.has(name.toLowerCase()))
      throw refusal(`the field "${name}" is there twice`, 'Case does not tell fields apart.');
    seen.add(name.toLowerCase());
    fields.push(`"${name.replaceAll('"', '""')}" ${readType(reader, depth + 1)}`);
  } while (peek(reader) === ',' && reader.next++ >= 0);
  expect(reader, ')', hint);
  return `STRUCT(${fields.join(', ')})`;
}

function readFieldName(reader: Reader, hint: string): string {
  const token = reader.tokens[reader.next++] ?? '';
  const name = token.startsWith('"') ? token.slice(1, -1).replaceAll('""', '"') : token;
  if (!/^["A-Za-z_]/.test(token) || name === '') throw refusal('the name of a field is missing', hint);
  return name;
}

function readMap(reader: Reader, depth: number): string {
  const hint = 'Write MAP(VARCHAR, TYPE).';
  expect(reader, '(', hint);
  const key = readType(reader, depth + 1);
  expect(reader, ',', hint);
  const value = readType(reader, depth + 1);
  expect(reader, ')', hint);
  return `MAP(${key}, ${value})`;
}
