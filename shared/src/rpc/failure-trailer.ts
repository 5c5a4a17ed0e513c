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

/** Trailers share the header size limit of HTTP/2 (8 KiB by default here): long texts are cut. */
const TEXT_CHARS_MAX = 2000;

/** What a handler threw, as the error gRPC sends. */
export function toServiceError(thrown: unknown): { code: status; details: string; metadata: Metadata } {
  const error = toMillraceError(thrown);
  const metadata = new Metadata();
  metadata.set(TRAILER, Buffer.from(JSON.stringify(shortened(toFailure(error)))));
  const code = error.code === 'CANCELLED' ? status.CANCELLED : status.FAILED_PRECONDITION;
  return { code, details: error.code, metadata };
}

/** What a call failed with. `unavailable` is the code for a peer that cannot be reached or went away. */
export function fromServiceError(error: ServiceError, unavailable: ErrorCode, peer: string): MillraceError {
  const [trailer] = error.metadata?.get(TRAILER) ?? [];
  if (trailer) return fromFailure(JSON.parse(trailer.toString()) as FailureRecord);
  switch (error.code) {
    case status.CANCELLED:
      return new MillraceError('CANCELLED', 'the call was cancelled', { details: { peer } });
    case status.DEADLINE_EXCEEDED:
      return new MillraceError('TIMED_OUT', `${peer} did not answer in time`, { details: { peer } });
    case status.UNAVAILABLE:
    case status.UNKNOWN:
      return new MillraceError(unavailable, `${peer} cannot be reached: ${error.details}`, { details: { peer } });
    default:
      return new MillraceError('INTERNAL', `call to ${peer} failed: ${error.details}`, {
        details: { peer, grpcStatus: error.code },
      });
  }
}

function shortened(failure: FailureRecord): FailureRecord {
  const details = failure.detailsJson.length > TEXT_CHARS_MAX ? '{}' : failure.detailsJson;
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
