import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { judgeSafety, type RedisFacts } from '../../../../shared/src/store/redis/store-safety.ts';

const safe: RedisFacts = {
  maxmemoryBytes: 0,
  maxmemoryPolicy: 'noeviction',
  appendOnly: true,
  appendFsync: 'always',
  replicasMin: 0,
};

const warned: [what: string, facts: Partial<RedisFacts>, codes: string[]][] = [
  ['a Redis as it should be', {}, []],
  ['a memory limit without eviction', { maxmemoryBytes: 1_000 }, []],
  ['no append-only file', { appendOnly: false, appendFsync: 'everysec' }, ['DURABILITY_WEAK']],
  ['fsync once a second', { appendFsync: 'everysec' }, ['DURABILITY_WEAK']],
  ['fsync once a second and replicas waited for', { appendFsync: 'everysec', replicasMin: 1 }, []],
  ['CONFIG forbidden', { appendFsync: null }, ['DURABILITY_UNKNOWN']],
  ['CONFIG forbidden, no append-only file', { appendFsync: null, appendOnly: false }, ['DURABILITY_WEAK']],
  ['INFO forbidden', { maxmemoryBytes: null, maxmemoryPolicy: null }, ['EVICTION_UNKNOWN']],
  ['an evicting policy without a limit', { maxmemoryPolicy: 'allkeys-lru' }, ['EVICTION_POSSIBLE']],
];

describe('what an operator is told about Redis', () => {
  for (const [what, facts, codes] of warned) {
    test(what, () => {
      const warnings = judgeSafety({ ...safe, ...facts });
      assert.deepEqual(
        warnings.map(({ code }) => code),
        codes,
      );
    });
  }

  for (const maxmemoryPolicy of ['allkeys-lru', 'allkeys-random', 'volatile-lru', 'volatile-ttl']) {
    test(`${maxmemoryPolicy} with a memory limit is refused`, () => {
      const facts = { ...safe, maxmemoryBytes: 1_000, maxmemoryPolicy };
      assert.throws(() => judgeSafety(facts), { code: 'STORE_UNSAFE', hint: 'Set maxmemory-policy noeviction.' });
    });
  }
});
