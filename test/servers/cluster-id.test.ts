import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CLUSTER_ID_BYTES, clusterIdOf } from './cluster-id.ts';

test('no cluster id looks like an option, whatever its first byte', () => {
  for (let first = 0; first < 256; first += 1) {
    const id = clusterIdOf(Buffer.alloc(CLUSTER_ID_BYTES, 0x55).fill(first, 0, 1));
    assert.match(id, /^[A-Za-z0-9][\w-]{21}$/);
  }
});
