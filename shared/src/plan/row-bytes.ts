import type { StateTable } from './job-plan.ts';

/** What a row of state takes in a lane's table and in the store, in bytes. An estimate: nobody knows how long texts will be. */
export type RowBytes = { memory: number; stored: number };

/**
 * Bytes of a value, measured with DuckDB 1.5 over 1 M random values, as growth of a table in memory (with validity and what its blocks
 * leave empty) and of a zstd Parquet file. Small or repeated values are stored in less.
 */
const WIDTHS: Readonly<Record<string, readonly [memory: number, stored: number]>> = {
  BOOLEAN: [4.7, 0.1],
  TINYINT: [4.7, 1],
  UTINYINT: [4.7, 1],
  SMALLINT: [4.7, 2.3],
  USMALLINT: [4.7, 2.3],
  INTEGER: [6.8, 4],
  UINTEGER: [6.8, 4],
  FLOAT: [6.8, 4],
  DATE: [6.8, 1.5],
  BIGINT: [11, 8],
  UBIGINT: [11, 8],
  DOUBLE: [11, 7.5],
  TIME: [11, 5.7],
  TIMESTAMP: [11, 5.7],
  'TIMESTAMP WITH TIME ZONE': [11, 5.7],
  HUGEINT: [19.7, 7.5],
  UHUGEINT: [19.7, 7.5],
  INTERVAL: [19.7, 7.5],
  UUID: [19.7, 16],
};
/** Of 16 letters; one of 8 takes 15 and 5, one of 32 takes 39 and 18. */
const TEXT: RowBytes = { memory: 24, stored: 10 };
/** By the highest precision that each holds. */
const DECIMALS: readonly [precisionMax: number, memory: number, stored: number][] = [
  [4, 4.7, 2],
  [9, 6.8, 3.6],
  [18, 11, 5.8],
  [38, 19.7, 5.6],
];
/** Offsets and validity of a list, or the validity of a struct. */
const NESTED: RowBytes = { memory: 5, stored: 0.1 };
/** Guessed: nobody knows how long lists will be. */
const LIST_LENGTH = 3;

export function rowBytes({ columns, hashed }: Pick<StateTable, 'columns' | 'hashed'>): RowBytes {
  const partition = { memory: WIDTHS.UTINYINT![0], stored: 0.1 };
  const hash = hashed ? [{ memory: WIDTHS.UINTEGER![0], stored: 0 }] : [];
  const { memory, stored } = sum([partition, ...hash, ...columns.map(({ type }) => valueBytes(type))]);
  return { memory: Math.round(memory), stored: Math.round(stored) };
}

function valueBytes(type: string): RowBytes {
  const upper = type.trim().toUpperCase();
  const list = /^(.*)\[\d*\]$/s.exec(upper);
  if (list) return listOf(valueBytes(list[1]!));
  const precision = /^DECIMAL\((\d+)/.exec(upper)?.[1];
  if (precision !== undefined) {
    const [, memory, stored] = DECIMALS.find(([max]) => Number(precision) <= max)!;
    return { memory, stored };
  }
  const parts = /^(STRUCT|MAP)\((.*)\)$/s.exec(upper);
  if (parts?.[1] === 'MAP') return listOf(sum(partsOf(parts[2]!).map(valueBytes)));
  if (parts) return sum([NESTED, ...partsOf(parts[2]!).map((part) => valueBytes(part.replace(FIELD_NAME, '')))]);
  const width = WIDTHS[upper];
  return width ? { memory: width[0], stored: width[1] } : TEXT;
}

const FIELD_NAME = /^\s*("(?:[^"]|"")*"|\S+)\s+/;

const sum = (parts: readonly RowBytes[]): RowBytes => ({
  memory: parts.reduce((total, { memory }) => total + memory, 0),
  stored: parts.reduce((total, { stored }) => total + stored, 0),
});

const listOf = ({ memory, stored }: RowBytes): RowBytes =>
  sum([NESTED, { memory: memory * LIST_LENGTH, stored: stored * LIST_LENGTH }]);

/** What commas separate, outside of parentheses and quotes. */
function partsOf(text: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const token of text.match(/"(?:[^"]|"")*"|[\s\S]/g) ?? []) {
    if (token === '(') depth += 1;
    if (token === ')') depth -= 1;
    if (token === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += token;
  }
  return parts;
}
