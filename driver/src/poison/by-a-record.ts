import type { ErrorCode } from '@millrace/shared/errors';

/** What a record can do to a task that runs. Other failures are no record's doing, or name it themselves. */
const CODES: ReadonlySet<ErrorCode> = new Set(['QUERY_FAILED', 'OUT_OF_MEMORY', 'TASK_TIMED_OUT', 'INTERNAL']);

export const mayBeByARecord = ({ code }: { code: ErrorCode }): boolean => CODES.has(code);
