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
  /** Written before every wait for replicas. */
  waited: string;
  job(id: string): JobKeys;
  /** Pattern for SCAN that matches every key of every job. */
  jobPattern: string;
  jobOfKey(key: string): string;
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
  const jobStart = `${namespace}:job:{`;
  return {
    index: `${namespace}:jobs`,
    leader: `${namespace}:{leader}`,
    terms: `${namespace}:{leader}:terms`,
    waited: `${namespace}:waited`,
    job(id) {
      const start = `${jobStart}${escapeTag(id)}}`;
      return {
        slot: `${start}:slot`,
        offsets: `${start}:offsets`,
        commits: `${start}:commits`,
        state: `${start}:state`,
      };
    },
    jobPattern: `${escapeGlob(jobStart)}*`,
    jobOfKey: (key) => unescapeTag(key.slice(jobStart.length, key.indexOf('}', jobStart.length))),
    blob: (name) => `${blobStart}${escapeTag(name)}}`,
    blobPattern: (prefix) => `${escapeGlob(blobStart + escapeTag(prefix))}*`,
    blobName: (key) => unescapeTag(key.slice(blobStart.length, -1)),
  };
}

/** A brace inside a hash tag would end it early. */
function escapeTag(text: string): string {
  return text.replace(/[%{}]/g, encodeURIComponent);
}

function unescapeTag(text: string): string {
  return text.replace(/%(?:25|7B|7D)/g, decodeURIComponent);
}

function escapeGlob(text: string): string {
  return text.replace(/[*?[\]\\^]/g, '\\$&');
}
