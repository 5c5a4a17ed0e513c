import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromDuckDBError } from '../../../executor/src/compute/duckdb-errors.ts';

const cases: [message: string, code: string][] = [
  ["Conversion Error: Could not convert string 'x' to INT32\n\nLINE 1: …", 'QUERY_FAILED'],
  ['Out of Range Error: Overflow in addition of INT64 (9223372036854775807 + 1)!', 'QUERY_FAILED'],
  ['Invalid Input Error: boo', 'QUERY_FAILED'],
  ['Out of Memory Error: could not allocate block of size 256.0 KiB', 'OUT_OF_MEMORY'],
  ['Out of Memory Error: failed to offload data block (1 GiB/1 GiB used). (max_temp_directory_size)', 'SCRATCH_FULL'],
  ['IO Error: Could not write file "x": No space left on device', 'SCRATCH_FULL'],
  ['INTERRUPT Error: Interrupted!', 'CANCELLED'],
  ['Binder Error: Referenced column "x" not found', 'INTERNAL'],
];

for (const [message, code] of cases) {
  test(`${message.split('\n')[0]} is ${code}`, () => {
    const error = fromDuckDBError(new Error(message), { operator: 'agg-1' });
    assert.equal(error.code, code);
    assert.equal(error.details.operator, 'agg-1');
    if (code !== 'CANCELLED') assert.equal(error.message, `${message.split('\n')[0]} (operator agg-1)`);
  });
}
