import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import {
  type ErrorCode,
  type FailureRecord,
  fromFailure,
  MillraceError,
  toFailure,
  toMillraceError,
} from '../errors/index.ts';

const TRAILER = 'millrace-failure-bin';

/** Trailers share the 64 KiB that HTTP/2 headers may have, and travel as base64: longer texts are cut, longer details left out. */
const TEXT_CHARS_MAX = 4_000;
const DETAILS_CHARS_MAX = 32_000;

/** What a handler threw, as the error gRPC sends. */
export function toServiceError(thrown: unknown): { code: status; details: string; metadata: Metadata } {
  const error = toMillraceError(thrown);
  const metadata = new Metadata();
  metadata.set(TRAILER, Buffer.from(JSON.stringify(shortened(toFailure(error)))));
  const code = error.code === 'CANCELLED' ? status.CANCELLED : status.FAILED_PRECONDITION;
  return { code, details: error.code, metadata };
}

/** Of a call: `unavailable` is the code for a peer that cannot be reached or went away; `isLeft`: its caller gave it up. */
export type CallFacts = { peer: string; unavailable: ErrorCode; isLeft: boolean };

/** What a call failed with. */
export function fromServiceError(error: ServiceError, { peer, unavailable, isLeft }: CallFacts): MillraceError {
  const [trailer] = error.metadata?.get(TRAILER) ?? [];
  if (trailer) return fromFailure(JSON.parse(trailer.toString()) as FailureRecord);
  switch (error.code) {
    case status.CANCELLED:
      // A peer that ends while calls are open resets them, which looks the same.
      return isLeft
        ? new MillraceError('CANCELLED', 'the call was cancelled', { details: { peer } })
        : new MillraceError(unavailable, `${peer} broke the call off`, { details: { peer } });
    case status.DEADLINE_EXCEEDED:
      return new MillraceError('TIMED_OUT', `${peer} did not answer in time`, { details: { peer } });
    case status.UNAVAILABLE:
    case status.UNKNOWN:
      return new MillraceError(unavailable, `${peer} cannot be reached: ${withoutNotes(error.details)}`, {
        details: { peer },
      });
    default:
      return new MillraceError('INTERNAL', `call to ${peer} failed: ${error.details}`, {
        details: { peer, grpcStatus: error.code },
      });
  }
}

/** grpc-js appends what its resolver thought; nobody who reads an error wants that. */
function withoutNotes(details: string): string {
  return details.replace(/\.? ?Resolution note:.*$/s, '');
}

function shortened(failure: FailureRecord): FailureRecord {
  const details = failure.detailsJson.length > DETAILS_CHARS_MAX ? '{}' : failure.detailsJson;
  return {
    ...failure,
    message: failure.message.slice(0, TEXT_CHARS_MAX),
    hint: failure.hint.slice(0, TEXT_CHARS_MAX),
    detailsJson: details,
    cause: failure.cause
      ? { ...failure.cause, message: failure.cause.message.slice(0, 500), detailsJson: '{}', cause: null }
      : null,
  };
}
