/** Whose fault it is: the user's input, something outside (Kafka, Redis, network, disk), or a bug of ours. */
export type ErrorDomain = 'user' | 'external' | 'internal';

/** What the one who catches it should do. `backoff`: the same call may succeed later or elsewhere. */
export type RetryAdvice = 'none' | 'backoff';

/** Every code, with domain and retry advice. Adding an error is adding a line here. */
export const ERROR_CODES = {
  INVALID_SPEC: { domain: 'user', retry: 'none' },
  INVALID_CONFIG: { domain: 'user', retry: 'none' },
  INVALID_ARGUMENT: { domain: 'user', retry: 'none' },
  JOB_UNKNOWN: { domain: 'user', retry: 'none' },
  JOB_EXISTS: { domain: 'user', retry: 'none' },
  JOB_STATUS_CONFLICT: { domain: 'user', retry: 'none' },
  INCOMPATIBLE_CHANGE: { domain: 'user', retry: 'none' },
  QUERY_FAILED: { domain: 'user', retry: 'none' },
  BAD_RECORD: { domain: 'user', retry: 'none' },
  POISON_TASK: { domain: 'user', retry: 'none' },
  RECORD_TOO_LARGE: { domain: 'user', retry: 'none' },
  TOPIC_UNKNOWN: { domain: 'user', retry: 'none' },
  OFFSETS_GONE: { domain: 'user', retry: 'none' },
  BAD_TABLE: { domain: 'user', retry: 'none' },
  TABLE_UNAVAILABLE: { domain: 'external', retry: 'backoff' },
  KAFKA_UNAVAILABLE: { domain: 'external', retry: 'backoff' },
  TRANSACTION_OPEN: { domain: 'external', retry: 'backoff' },
  KAFKA_REFUSED: { domain: 'external', retry: 'none' },
  CORRUPT_RECORD_BATCH: { domain: 'external', retry: 'none' },
  STORE_UNAVAILABLE: { domain: 'external', retry: 'backoff' },
  STORE_CORRUPT: { domain: 'external', retry: 'none' },
  STORE_UNSAFE: { domain: 'user', retry: 'none' },
  SINK_UNAVAILABLE: { domain: 'external', retry: 'backoff' },
  SCRATCH_FULL: { domain: 'external', retry: 'backoff' },
  OUT_OF_MEMORY: { domain: 'external', retry: 'backoff' },
  BLOCK_LOST: { domain: 'external', retry: 'backoff' },
  BLOB_LOST: { domain: 'external', retry: 'none' },
  BLOB_CORRUPT: { domain: 'external', retry: 'none' },
  EXECUTOR_UNKNOWN: { domain: 'external', retry: 'backoff' },
  EXECUTOR_LOST: { domain: 'external', retry: 'backoff' },
  EXECUTOR_DRAINING: { domain: 'external', retry: 'backoff' },
  NO_EXECUTORS: { domain: 'external', retry: 'backoff' },
  JOB_NOT_OPEN: { domain: 'external', retry: 'backoff' },
  DRIVER_UNAVAILABLE: { domain: 'external', retry: 'backoff' },
  STALE_DRIVER_EPOCH: { domain: 'external', retry: 'none' },
  STALE_BATCH: { domain: 'external', retry: 'none' },
  CANCELLED: { domain: 'external', retry: 'none' },
  TASK_TIMED_OUT: { domain: 'external', retry: 'backoff' },
  TIMED_OUT: { domain: 'external', retry: 'backoff' },
  TOO_MANY_FAILURES: { domain: 'external', retry: 'none' },
  INTERNAL: { domain: 'internal', retry: 'none' },
} as const satisfies Record<string, { domain: ErrorDomain; retry: RetryAdvice }>;

export type ErrorCode = keyof typeof ERROR_CODES;

export type ErrorOptionsOf = {
  hint?: string | undefined;
  cause?: unknown;
  /** JSON-serialisable facts for programs, such as `{ topic, partition, offset }`. */
  details?: Readonly<Record<string, unknown>> | undefined;
};

/** The one error type that crosses module, thread and process boundaries. Decide by `code`, `domain` and `retry`. */
export class MillraceError extends Error {
  readonly code: ErrorCode;
  readonly domain: ErrorDomain;
  readonly retry: RetryAdvice;
  readonly hint: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: ErrorOptionsOf = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'MillraceError';
    this.code = code;
    this.domain = ERROR_CODES[code].domain;
    this.retry = ERROR_CODES[code].retry;
    this.hint = options.hint ?? '';
    this.details = options.details ?? {};
  }
}

/** Any thrown value as a MillraceError; what is not one already becomes `code` (INTERNAL unless told). */
export function toMillraceError(thrown: unknown, code: ErrorCode = 'INTERNAL'): MillraceError {
  if (thrown instanceof MillraceError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new MillraceError(code, message, { cause: thrown });
}
