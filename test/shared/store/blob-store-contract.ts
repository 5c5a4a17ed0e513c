import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { BlobStore } from '@millrace/shared/store';

const MIB = 1024 * 1024;

function patterned(bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => (i * 31 + (i >> 12)) & 0xff);
}

async function namesOf(store: BlobStore, prefix: string): Promise<string[]> {
  return (await Array.fromAsync(store.list(prefix))).toSorted();
}

/** What every blob store must do. `open` gives an empty one, closed after the test. */
export function blobStoreContract(name: string, open: (t: TestContext) => Promise<BlobStore>): void {
  describe(`blob store contract: ${name}`, () => {
    for (const bytes of [0, 1, 75_000, 4 * MIB, 4 * MIB + 1, 9 * MIB]) {
      test(`${bytes} bytes come back as they were`, async (t) => {
        const store = await open(t);
        const data = patterned(bytes);
        await store.put('job/op/1/a', data);
        assert.equal(Buffer.compare(await store.get('job/op/1/a'), data), 0);
      });
    }

    test('a view into a larger buffer is stored alone', async (t) => {
      const store = await open(t);
      await store.put('a', patterned(100).subarray(40, 50));
      assert.deepEqual(new Uint8Array(await store.get('a')), patterned(100).slice(40, 50));
    });

    test('writing a name twice is equal to once', async (t) => {
      const store = await open(t);
      await store.put('a', patterned(10));
      await store.put('a', patterned(10));
      assert.deepEqual(await namesOf(store, ''), ['a']);
      assert.equal((await store.get('a')).length, 10);
    });

    test('what is not there is BLOB_LOST, and removing it is fine', async (t) => {
      const store = await open(t);
      await store.put('a', patterned(10));
      await store.remove(['a', 'never there']);
      await store.remove([]);
      await assert.rejects(store.get('a'), { code: 'BLOB_LOST', details: { name: 'a' } });
      assert.deepEqual(await namesOf(store, ''), []);
    });

    test('names are listed by prefix, whatever characters they hold', async (t) => {
      const store = await open(t);
      const names = ['job/op/1/1.1.s1.0.0', 'job/op/2/x', 'job-2/x', 'j*b/x', 'j[o]b/x', '{a}/x', '{a}%7B', 'a?\\^'];
      for (const blob of names) await store.put(blob, patterned(3));
      assert.deepEqual(await namesOf(store, ''), names.toSorted());
      for (const prefix of ['job/', 'j*b', 'j[o]', '{a}', '{a}%', 'a?\\', 'none']) {
        assert.deepEqual(await namesOf(store, prefix), names.filter((blob) => blob.startsWith(prefix)).toSorted());
      }
      await store.remove(names);
      assert.deepEqual(await namesOf(store, ''), []);
    });
  });
}
