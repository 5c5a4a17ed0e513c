import { type ErrorCode, MillraceError } from '@millrace/shared/errors';

type Kind = { pattern: RegExp; code: ErrorCode; hint: string };

// DuckDB's errors are texts that begin with their type. First match wins: a full disk is reported as an IO Error, and
// as Out of Memory when it is the spill folder that is full.
const KINDS: readonly Kind[] = [
  { pattern: /^INTERRUPT Error/, code: 'CANCELLED', hint: '' },
  {
    pattern: /no space left on device|max_temp_directory_size/i,
    code: 'SCRATCH_FULL',
    hint: 'Give the executor a larger scratch folder, or lower limits.recordsPerBatch.',
  },
  {
    pattern: /^(Out of Memory Error|OutOfMemory)/i,
    code: 'OUT_OF_MEMORY',
    hint: 'Raise the memory of a lane, or lower limits.recordsPerBatch.',
  },
  {
    pattern: /^(Conversion|Out of Range|Invalid Input|Invalid Type|Mismatch Type|Constraint|Divide by Zero) Error/i,
    code: 'QUERY_FAILED',
    hint: 'A value of the input does not fit the query. TRY_CAST and TRY give NULL instead of failing.',
  },
];

/** What DuckDB threw as a MillraceError; `where` names what was being done, and the operator where there is one. */
export function fromDuckDBError(thrown: unknown, where: Readonly<Record<string, unknown>>): MillraceError {
  if (thrown instanceof MillraceError) return thrown;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const firstLine = text.split('\n', 1)[0] ?? '';
  const kind = KINDS.find(({ pattern }) => pattern.test(text));
  const place = typeof where.operator === 'string' ? ` (operator ${where.operator})` : '';
  if (kind?.code === 'CANCELLED')
    return new MillraceError('CANCELLED', 'The attempt was cancelled.', { details: where });
  return new MillraceError(kind?.code ?? 'INTERNAL', `${firstLine}${place}`, {
    hint: kind?.hint,
    details: where,
    // Only what nobody foresaw needs DuckDB's whole text, with the statement.
    cause: kind === undefined ? thrown : undefined,
  });
}
