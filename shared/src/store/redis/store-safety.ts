import { MillraceError } from '../../errors/index.ts';

/** Something about the store that may cost data; the operator should know, and may have reasons. */
export type StoreWarning = {
  code: 'DURABILITY_WEAK' | 'DURABILITY_UNKNOWN' | 'EVICTION_POSSIBLE' | 'EVICTION_UNKNOWN';
  message: string;
  hint: string;
};

/** Settings of the Redis server; null: it would not tell. */
export type RedisFacts = {
  maxmemoryBytes: number | null;
  maxmemoryPolicy: string | null;
  appendOnly: boolean | null;
  appendFsync: string | null;
  /** Replicas that every write of ours waits for. */
  replicasMin: number;
};

/** What there is to warn of. Throws STORE_UNSAFE for a Redis that would throw state away. */
export function judgeSafety(facts: RedisFacts): StoreWarning[] {
  return [evictionWarning(facts), durabilityWarning(facts)].filter((warning) => warning !== null);
}

function evictionWarning({ maxmemoryBytes, maxmemoryPolicy }: RedisFacts): StoreWarning | null {
  const hint = 'Set maxmemory-policy noeviction.';
  if (maxmemoryPolicy === null || maxmemoryBytes === null) {
    const message = 'Redis does not tell its memory policy: if it evicts keys, state is lost.';
    return { code: 'EVICTION_UNKNOWN', message, hint: `Make sure of it. ${hint}` };
  }
  if (maxmemoryPolicy === 'noeviction') return null;
  if (maxmemoryBytes > 0) {
    throw new MillraceError(
      'STORE_UNSAFE',
      `This Redis evicts keys when it is full (maxmemory-policy ${maxmemoryPolicy}): it would throw away state`,
      { hint, details: { maxmemoryBytes, maxmemoryPolicy } },
    );
  }
  const message = `Redis would evict keys (maxmemory-policy ${maxmemoryPolicy}) as soon as maxmemory is set.`;
  return { code: 'EVICTION_POSSIBLE', message, hint };
}

function durabilityWarning({ appendOnly, appendFsync, replicasMin }: RedisFacts): StoreWarning | null {
  if (replicasMin > 0) return null;
  const hint = 'Set appendonly yes and appendfsync always, or wait for replicas.';
  if (appendOnly === false || (appendFsync !== null && appendFsync !== 'always')) {
    const setting = appendOnly === false ? 'appendonly no' : `appendfsync ${appendFsync}`;
    const message = `Redis runs with ${setting}: when it crashes, batches it has confirmed are lost.`;
    return { code: 'DURABILITY_WEAK', message, hint };
  }
  if (appendOnly === true && appendFsync === 'always') return null;
  const message = 'Redis does not tell how it writes to disk: when it crashes, batches it has confirmed may be lost.';
  return { code: 'DURABILITY_UNKNOWN', message, hint: `Make sure of it. ${hint}` };
}
