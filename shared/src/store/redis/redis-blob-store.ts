import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { MillraceError } from '../../errors/index.ts';
import type { BlobStore } from '../blob-store.ts';
import type { RedisConnection } from './redis-connection.ts';

/** Redis runs one command at a time: a chunk is small enough that nobody waits long behind it. */
const CHUNK_BYTES_MAX = 4 * 1024 * 1024;
/** Names per UNLINK round. */
const REMOVE_COUNT_MAX = 500;

const HEAD_VERSION = 1;
/** Written after the last chunk: a blob without it is half-written and does not exist. */
const headSchema = z.strictObject({
  version: z.literal(HEAD_VERSION),
  bytes: z.int().nonnegative(),
  chunks: z.int().positive(),
  crc32: z.int().nonnegative(),
});
type Head = z.infer<typeof headSchema>;

/** Each blob is one Redis hash: field `head`, and the chunks under `0`, `1`, … . So removing one is one atomic step. */
export function redisBlobStore(redis: RedisConnection): BlobStore {
  return {
    put: (name, bytes) => putBlob(redis, name, bytes),
    get: (name) => getBlob(redis, name),
    async remove(names) {
      for (let i = 0; i < names.length; i += REMOVE_COUNT_MAX) {
        // One key a command: the keys lie in different slots of a Redis Cluster.
        const keys = names.slice(i, i + REMOVE_COUNT_MAX).map(redis.keys.blob);
        await Promise.all(keys.map((key) => redis.call(key, () => redis.client.unlink(key))));
      }
    },
    async *list(prefix) {
      for await (const key of redis.scan(redis.keys.blobPattern(prefix))) yield redis.keys.blobName(key);
    },
    close: redis.close,
  };
}

async function putBlob(redis: RedisConnection, name: string, bytes: Uint8Array): Promise<void> {
  const key = redis.keys.blob(name);
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks = Math.max(1, Math.ceil(data.length / CHUNK_BYTES_MAX));
  const head: Head = { version: HEAD_VERSION, bytes: data.length, chunks, crc32: crc32(data) };
  const chunk = (i: number) => data.subarray(i * CHUNK_BYTES_MAX, (i + 1) * CHUNK_BYTES_MAX);
  await redis.write(key, async () => {
    // One at a time: bounds what waits in the socket's buffer. The head goes with the last.
    for (let i = 0; i < chunks - 1; i++) await redis.client.hset(key, String(i), chunk(i));
    await redis.client.hset(key, String(chunks - 1), chunk(chunks - 1), 'head', JSON.stringify(head));
  });
}

async function getBlob(redis: RedisConnection, name: string): Promise<Uint8Array> {
  const key = redis.keys.blob(name);
  const [headBytes, first] = await redis.call(key, () => redis.client.hmgetBuffer(key, 'head', '0'));
  if (!headBytes) {
    await redis.mustBePrimary(key);
    throw lost(name, first ? 'was never written to its end' : 'is not there');
  }
  const head = readHead(name, headBytes);
  const chunks = [first];
  while (chunks.length < head.chunks) {
    const field = String(chunks.length);
    chunks.push(await redis.call(key, () => redis.client.hgetBuffer(key, field)));
  }
  if (chunks.some((chunk) => !chunk)) throw lost(name, 'lacks a chunk');
  const whole = chunks as Buffer[];
  const data = whole.length === 1 ? whole[0]! : Buffer.concat(whole);
  if (data.length !== head.bytes || crc32(data) !== head.crc32) throw corrupt(name, 'does not match its checksum');
  return data;
}

function readHead(name: string, text: Buffer): Head {
  try {
    return headSchema.parse(JSON.parse(text.toString()));
  } catch (cause) {
    throw corrupt(name, 'has a head that cannot be read', cause);
  }
}

function lost(name: string, what: string): MillraceError {
  return new MillraceError('BLOB_LOST', `Blob ${name} ${what}`, { details: { name } });
}

function corrupt(name: string, what: string, cause?: unknown): MillraceError {
  return new MillraceError('BLOB_CORRUPT', `Blob ${name} ${what}`, { details: { name }, cause });
}
