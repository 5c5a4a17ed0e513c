import { MillraceError } from '../errors/index.ts';
import type { TopicPartition } from './by-topic.ts';
import type { Coordinators } from './coordinators.ts';
import { type GroupOffset, offsetCommitRequest } from './offset-commit-message.ts';
import { offsetFetchRequest } from './offset-fetch-message.ts';

const UNKNOWN_MEMBER_ID = 25;
const GROUP_AUTHORIZATION_FAILED = 30;

/**
 * Notes offsets under a consumer group that has no members. KAFKA_REFUSED for rights that are missing and for a group
 * that consumers have joined; KAFKA_UNAVAILABLE after some seconds of retries.
 */
export async function commitOffsets(
  group: string,
  offsets: readonly GroupOffset[],
  coordinators: Coordinators,
  signal?: AbortSignal,
): Promise<void> {
  const request = offsetCommitRequest(group, offsets);
  const { errorCode } = await coordinators.ask({ kind: 'group', key: group }, request, signal);
  if (errorCode !== 0) throw refusalOf(group, errorCode);
}

/**
 * The offset that the group has committed; null: none, or one that Kafka has let expire. KAFKA_REFUSED for rights that are missing,
 * KAFKA_UNAVAILABLE after some seconds of retries.
 */
export async function committedOffset(
  group: string,
  at: TopicPartition,
  coordinators: Coordinators,
  signal?: AbortSignal,
): Promise<number | null> {
  const request = offsetFetchRequest(group, at);
  const { errorCode, offset } = await coordinators.ask({ kind: 'group', key: group }, request, signal);
  if (errorCode !== 0) throw refusalOf(group, errorCode);
  return offset < 0 ? null : offset;
}

function refusalOf(group: string, code: number): MillraceError {
  const reason =
    code === UNKNOWN_MEMBER_ID
      ? 'consumers have joined it'
      : code === GROUP_AUTHORIZATION_FAILED
        ? 'this user may not use it'
        : `error ${code}`;
  return new MillraceError('KAFKA_REFUSED', `Kafka keeps no offsets for the group ${group}: ${reason}.`, {
    details: { group, kafkaError: code },
  });
}
