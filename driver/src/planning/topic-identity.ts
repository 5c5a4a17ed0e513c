import { MillraceError } from '@millrace/shared/errors';
import type { TopicIdentity } from '@millrace/shared/store';

/**
 * OFFSETS_GONE when a topic that was read is not the one of that name now: its offsets count other records, so reading on would repeat
 * and skip some in silence. Topics whose brokers tell no ids are taken for the same.
 */
export function refuseRecreated(read: readonly TopicIdentity[], now: readonly TopicIdentity[]): void {
  const idOf = new Map(now.map(({ source, topic, id }) => [`${source}/${topic}`, id]));
  for (const { source, topic, id } of read) {
    const present = idOf.get(`${source}/${topic}`);
    if (present === undefined || present === id) continue;
    throw new MillraceError('OFFSETS_GONE', `topic "${topic}" was deleted and made again since the job read it`, {
      hint: 'delete the job and submit it anew to read the new topic from its beginning',
      details: { source, topic, topicId: present, topicIdRead: id },
    });
  }
}
