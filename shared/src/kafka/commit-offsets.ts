import { MillraceError } from '../errors/index.ts';
import type { LeaderLoop } from './by-leader.ts';
import { findCoordinatorRequest } from './find-coordinator-message.ts';
import { type GroupOffset, offsetCommitRequest } from './offset-commit-message.ts';
import { backoffMs, RETRIES_MAX } from './retry-limits.ts';

/** The coordinator is loading, is not there, or has moved. */
const RETRIABLE: ReadonlySet<number> = new Set([14, 15, 16]);
const UNKNOWN_MEMBER_ID = 25;
const GROUP_AUTHORIZATION_FAILED = 30;

/**
 * Notes offsets under a consumer group that has no members. KAFKA_REFUSED for rights that are missing and for a group
 * that consumers have joined; KAFKA_UNAVAILABLE after some seconds of retries.
 */
export async function commitOffsets(group: string, offsets: readonly GroupOffset[], loop: LeaderLoop): Promise<void> {
  for (let retry = 1; ; retry++) {
    const code = await tryOnce(group, offsets, loop);
    if (code === 0) return;
    const error = failureOf(group, code);
    if (error.retry === 'none' || retry > RETRIES_MAX) throw error;
    await loop.clock.delay(backoffMs(retry), loop.signal);
  }
}

async function tryOnce(
  group: string,
  offsets: readonly GroupOffset[],
  { cluster, signal }: LeaderLoop,
): Promise<number> {
  const { errorCode, nodeId } = await cluster.send(null, findCoordinatorRequest(group), signal);
  if (errorCode !== 0) return errorCode;
  const codes = await cluster.send(nodeId, offsetCommitRequest(group, offsets), signal);
  return codes.find((code) => code !== 0) ?? 0;
}

function failureOf(group: string, code: number): MillraceError {
  const details = { group, kafkaError: code };
  if (RETRIABLE.has(code)) {
    return new MillraceError('KAFKA_UNAVAILABLE', `Nobody looks after the group ${group} just now.`, { details });
  }
  const reason =
    code === UNKNOWN_MEMBER_ID
      ? 'consumers have joined it'
      : code === GROUP_AUTHORIZATION_FAILED
        ? 'this user may not write to it'
        : `error ${code}`;
  return new MillraceError('KAFKA_REFUSED', `Kafka takes no offsets for the group ${group}: ${reason}.`, { details });
}
