import { ERROR_CODES, type ErrorCode, MillraceError } from './millrace-error.ts';

/** A MillraceError as plain data: what `Failure` of common.proto and worker-thread messages carry. */
export type FailureRecord = {
  code: string;
  domain: string;
  retry: string;
  message: string;
  hint: string;
  detailsJson: string;
  cause: FailureRecord | null;
};

/** Depth of the cause chain that is kept; deeper causes say nothing more to a reader. */
const CAUSE_DEPTH_MAX = 5;

export function toFailure(error: MillraceError, depth = 0): FailureRecord {
  const { cause } = error;
  return {
    code: error.code,
    domain: error.domain,
    retry: error.retry,
    message: error.message,
    hint: error.hint,
    detailsJson: JSON.stringify(error.details),
    cause: cause === undefined || depth >= CAUSE_DEPTH_MAX ? null : causeToFailure(cause, depth + 1),
  };
}

function causeToFailure(cause: unknown, depth: number): FailureRecord {
  if (cause instanceof MillraceError) return toFailure(cause, depth);
  const message = cause instanceof Error ? cause.message : String(cause);
  return { code: 'INTERNAL', domain: 'internal', retry: 'none', message, hint: '', detailsJson: '{}', cause: null };
}

export function fromFailure(failure: FailureRecord): MillraceError {
  const code: ErrorCode = failure.code in ERROR_CODES ? (failure.code as ErrorCode) : 'INTERNAL';
  return new MillraceError(code, failure.message, {
    hint: failure.hint,
    details: JSON.parse(failure.detailsJson || '{}') as Record<string, unknown>,
    cause: failure.cause ? fromFailure(failure.cause) : undefined,
  });
}
