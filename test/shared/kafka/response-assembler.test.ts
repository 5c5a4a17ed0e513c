import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assembleChunk, createResponseAssembler } from '../../../shared/src/kafka/response-assembler.ts';

const framed = (...texts: string[]) =>
  Buffer.concat(
    texts.flatMap((text) => {
      const size = Buffer.alloc(4);
      size.writeInt32BE(text.length);
      return [size, Buffer.from(text)];
    }),
  );

test('responses come out whole however they are cut', () => {
  const texts = ['four', 'a longer response', 'abcd', 'x'.repeat(300)];
  const bytes = framed(...texts);
  for (let chunkBytes = 1; chunkBytes < 400; chunkBytes++) {
    const chunks: Buffer[] = [];
    const read: Buffer[] = [];
    const byChunk = createResponseAssembler(1_000, (response) => chunks.push(response));
    const byRoom = createResponseAssembler(1_000, (response) => read.push(response));
    for (let at = 0; at < bytes.length; at += chunkBytes) assembleChunk(byChunk, bytes.subarray(at, at + chunkBytes));
    for (let at = 0; at < bytes.length; ) {
      const taken = bytes.copy(byRoom.room(), 0, at, at + chunkBytes);
      at += taken;
      byRoom.filled(taken);
    }
    for (const responses of [chunks, read]) assert.deepEqual(responses.map(String), texts);
  }
});

test('each response owns its memory', () => {
  const responses: Buffer[] = [];
  assembleChunk(
    createResponseAssembler(1_000, (response) => responses.push(response)),
    framed('first', 'second'),
  );
  assert.deepEqual(
    responses.map((response) => [response.byteOffset, response.buffer.byteLength]),
    [
      [0, 5],
      [0, 6],
    ],
  );
});

test('an absurd size is refused before memory is taken for it', () => {
  const assembler = createResponseAssembler(1_000, () => {});
  assert.throws(() => assembleChunk(assembler, Buffer.from('HTTP/1.1 400 Bad Request')), RangeError);
});
