import type { ErrorCode } from '@millrace/shared/errors';

/** What a script can tell from the exit code. Part of the command line's contract: documented in docs/cli.md. */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  invalidSpec: 3,
  driverUnreachable: 4,
  jobConflict: 5,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Shown by `millrace --help`. */
export const EXIT_CODE_HELP: readonly [ExitCode, string][] = [
  [EXIT.ok, 'done'],
  [EXIT.failure, 'the command failed, or the job that was watched failed'],
  [EXIT.usage, 'wrong usage or configuration'],
  [EXIT.invalidSpec, 'the job spec is invalid'],
  [EXIT.driverUnreachable, 'the driver cannot be reached or did not answer in time'],
  [EXIT.jobConflict, 'there is no such job, or its status or its state does not allow the command'],
];

const BY_CODE: Partial<Record<ErrorCode, ExitCode>> = {
  INVALID_CONFIG: EXIT.usage,
  INVALID_ARGUMENT: EXIT.usage,
  INVALID_SPEC: EXIT.invalidSpec,
  DRIVER_UNAVAILABLE: EXIT.driverUnreachable,
  TIMED_OUT: EXIT.driverUnreachable,
  JOB_UNKNOWN: EXIT.jobConflict,
  JOB_EXISTS: EXIT.jobConflict,
  JOB_STATUS_CONFLICT: EXIT.jobConflict,
  INCOMPATIBLE_CHANGE: EXIT.jobConflict,
};

export function exitCodeOf(code: ErrorCode): ExitCode {
  return BY_CODE[code] ?? EXIT.failure;
}
