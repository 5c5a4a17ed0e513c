import { MillraceError } from '../../errors/index.ts';

/** Keys of one job: all in one Redis Cluster slot, by the hash tag. */
export type JobKeys = { slot: string; offsets: string; commits: string; state: string };

export type RedisKeys = {
  /** Hash: job id → birth. */
  index: string;
  /** Hash, with an expiry: who leads the drivers. */
  leader: string;
  /** How many have led. */
  terms: string;
  job(id: string): JobKeys;
  /** Spread over Redis Cluster slots by name. */
  blob(name: string): string;
  /** Pattern for SCAN that matches `blob(name)` of every name with the prefix. */
  blobPattern(prefix: string): string;
  blobName(key: string): string;
};

export const DEFAULT_NAMESPACE = 'millrace';
const NAMESPACE = /^[A-Za-z0-9_.-]{1,64}$/;

/** INVALID_CONFIG when the namespace could break the hash tags. */
export function redisKeys(namespace: string): RedisKeys {
  if (!NAMESPACE.test(namespace)) {
    throw new MillraceError('INVALID_CONFIG', `"${namespace}" cannot be the namespace of a store`, {
      hint: 'Use up to 64 letters, digits, dots, dashes and underscores.',
    });
  }
  const blobStart = `${namespace}:blob:{`;
  return {
    index: `${namespace}:jobs`,
    leader: `${namespace}:{leader}`,
    terms: `${namespace}:{leader}:terms`,
    job(id) {
      const start = `${namespace}:job:{${escapeTag(id)}}`;
      return {
        slot: `${start}:slot`,
        offsets: `${start}:offsets`,
        commits: `${start}:commits`,
        state: `${start}:state`,
      };
    },
    blob: (name) => `${blobStart}${escapeTag(name)}}`,
    blobPattern: (prefix) => `${escapeGlob(blobStart + escapeTag(prefix))}*`,
    blobName: (key) => key.slice(blobStart.length, -1).replace(/%(?:25|7B|7D)/g, decodeURIComponent),
  };
}

/** A brace inside a hash tag would end it early. */
function escapeTag(text: string): string {
  return text.replace(/[%{}]/g, encodeURIComponent);
}

function escapeGlob(text: string): string {
  return text.replace(/[*?[\]\\^]/g, '\\$&');
}
