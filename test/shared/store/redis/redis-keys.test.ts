import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { redisKeys } from '../../../../shared/src/store/redis/redis-keys.ts';

/** The part of a key that chooses its Redis Cluster slot. */
const hashTag = (key: string) => /\{([^}]+)\}/.exec(key)?.[1] ?? key;

const names = ['spend-by-user', 'job/op/1/1.1.s1.0.0', 'a}b', '{a', '}', '%7D', '100%', 'ü{}'];

describe('keys in Redis', () => {
  const keys = redisKeys('ns');

  for (const name of names) {
    test(`all keys of job ${name} share a hash tag of their own`, () => {
      const tags = new Set(Object.values(keys.job(name)).map(hashTag));
      assert.equal(tags.size, 1);
      const others = names.filter((other) => other !== name).map((other) => hashTag(keys.job(other).slot));
      assert.ok(!others.includes([...tags][0]!));
    });

    test(`job ${name} is found again by each of its keys`, () => {
      for (const key of Object.values(keys.job(name))) assert.equal(keys.jobOfKey(key), name);
    });

    test(`blob ${name} is found again by its key`, () => assert.equal(keys.blobName(keys.blob(name)), name));
  }

  for (const namespace of ['', 'a{b', 'a b', 'a*', 'x'.repeat(65)]) {
    test(`namespace "${namespace}" is refused`, () =>
      assert.throws(() => redisKeys(namespace), { code: 'INVALID_CONFIG' }));
  }
});
