import { type ErrorCode, MillraceError } from '../../errors/index.ts';

type ReplyMeaning = { code: ErrorCode; message: string; hint: string };

const REPLICA: ReplyMeaning = {
  code: 'STORE_UNAVAILABLE',
  message: 'This Redis is a replica and takes no writes',
  hint: 'During a failover this passes. Otherwise point the store URL at the primary.',
};
const UNAVAILABLE: Omit<ReplyMeaning, 'message'> = { code: 'STORE_UNAVAILABLE', hint: '' };

/** What an error reply of Redis means, by its first word. */
const REPLIES: Record<string, ReplyMeaning> = {
  READONLY: REPLICA,
  OOM: {
    code: 'STORE_UNAVAILABLE',
    message: 'Redis is at its memory limit and takes no writes',
    hint: 'Raise maxmemory (keep maxmemory-policy noeviction), or delete jobs that are not needed.',
  },
  MISCONF: {
    code: 'STORE_UNAVAILABLE',
    message: 'Redis cannot write to its disk and takes no writes',
    hint: 'Look at the disk space and the log of the Redis server.',
  },
  LOADING: { ...UNAVAILABLE, message: 'Redis is still loading its data' },
  BUSY: { ...UNAVAILABLE, message: 'Redis is busy with a script' },
  MASTERDOWN: { ...UNAVAILABLE, message: 'This Redis replica has lost its primary' },
  CLUSTERDOWN: { ...UNAVAILABLE, message: 'The Redis Cluster is down' },
  TRYAGAIN: { ...UNAVAILABLE, message: 'The Redis Cluster is moving the slot of this key' },
  NOREPLICAS: {
    ...UNAVAILABLE,
    message: 'Redis has too few replicas to take writes',
    hint: 'See min-replicas-to-write of the Redis server.',
  },
  MOVED: {
    code: 'INVALID_CONFIG',
    message: 'This Redis is a node of a Redis Cluster',
    hint: 'Give the URL of a Redis that is not part of a cluster.',
  },
  NOAUTH: {
    code: 'INVALID_CONFIG',
    message: 'Redis wants a password',
    hint: 'Write it into the store URL: redis://user:password@host:6379.',
  },
  WRONGPASS: {
    code: 'INVALID_CONFIG',
    message: 'Redis does not accept this user and password',
    hint: 'Check the user and password in the store URL.',
  },
  NOPERM: {
    code: 'INVALID_CONFIG',
    message: 'The Redis user may not do what Millrace needs',
    hint: 'Allow it scripts, hashes, SCAN and UNLINK on the keys of the namespace.',
  },
  WRONGTYPE: {
    code: 'STORE_CORRUPT',
    message: 'A key of the store holds something that is not Millrace’s',
    hint: 'Give Millrace a namespace or a Redis of its own.',
  },
};

export const replicaError = (key: string): MillraceError =>
  new MillraceError(REPLICA.code, REPLICA.message, { hint: REPLICA.hint, details: { key } });

/** Any failure of a Redis call as a MillraceError. `key` is where it happened. */
export function redisError(thrown: unknown, key: string): MillraceError {
  if (thrown instanceof MillraceError) return thrown;
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  if (error.name !== 'ReplyError') {
    return new MillraceError('STORE_UNAVAILABLE', `Redis cannot be reached: ${error.message}`, {
      cause: error,
      details: { key },
    });
  }
  const meaning = REPLIES[error.message.split(' ', 1)[0] ?? ''];
  if (meaning === undefined) {
    return new MillraceError('INTERNAL', `Redis refused a command: ${error.message}`, {
      cause: error,
      details: { key },
    });
  }
  return new MillraceError(meaning.code, meaning.message, { hint: meaning.hint, cause: error, details: { key } });
}
