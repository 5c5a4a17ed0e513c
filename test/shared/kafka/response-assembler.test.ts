import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createResponseAssembler } from '../../../shared/src/kafka/response-assembler.ts';

const framed = (...texts: string[]) =>
  Buffer.concat(
    texts.flatMap((text) => {
      const size = Buffer.alloc(4);
      size.writeInt32BE(text.length);
      return [size, Buffer.from(text)];
    }),
  );

function assemble(bytes: Buffer, chunkBytes: number, reused?: Buffer): string[] {
  const responses: Buffer[] = [];
  const take = createResponseAssembler(1_000, (response) => responses.push(response));
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    const chunk = bytes.subarray(at, at + chunkBytes);
    take(reused ? reused.subarray(0, chunk.copy(reused)) : chunk);
  }
  return responses.map((response) => response.toString());
}

test('responses come out whole however they are cut, and survive the reuse of the read buffer', () => {
  const texts = ['four', 'a longer response', 'abcd', 'x'.repeat(300)];
  for (let chunkBytes = 1; chunkBytes < 400; chunkBytes++) {
    assert.deepEqual(assemble(framed(...texts), chunkBytes), texts);
    assert.deepEqual(assemble(framed(...texts), chunkBytes, Buffer.alloc(400)), texts);
  }
});

test('each response owns its memory', () => {
  const responses: Buffer[] = [];
  createResponseAssembler(1_000, (response) => responses.push(response))(framed('first', 'second'));
  assert.deepEqual(
    responses.map((response) => [response.byteOffset, response.buffer.byteLength]),
    [
      [0, 5],
      [0, 6],
    ],
  );
});

test('an absurd size is refused before memory is taken for it', () => {
  const take = createResponseAssembler(1_000, () => {});
  assert.throws(() => take(Buffer.from('HTTP/1.1 400 Bad Request')), RangeError);
});
