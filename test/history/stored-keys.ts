import type { Redis } from 'ioredis';

/** All that the store holds of a job, by key without the namespace: fields of hashes, chunks of blobs as base64. */
export type StoredKeys = Record<string, Record<string, string>>;

/** Only these fields hold bytes rather than text. */
const CHUNK = /^\d+$/;
const isChunk = (key: string, field: string) => key.startsWith('blob:') && CHUNK.test(field);

export async function dumpKeys(redis: Redis, namespace: string): Promise<StoredKeys> {
  const stored: StoredKeys = {};
  for (const key of (await redis.keys(`${namespace}:*`)).sort()) {
    const name = key.slice(namespace.length + 1);
    if (name.startsWith('{leader}')) continue;
    const fields = Object.entries(await redis.hgetallBuffer(key));
    stored[name] = Object.fromEntries(
      fields.map(([field, value]) => [field, value.toString(isChunk(name, field) ? 'base64' : 'utf8')]),
    );
  }
  return stored;
}

export async function loadKeys(redis: Redis, namespace: string, stored: StoredKeys): Promise<void> {
  for (const [name, fields] of Object.entries(stored)) {
    for (const [field, text] of Object.entries(fields)) {
      await redis.hset(`${namespace}:${name}`, field, Buffer.from(text, isChunk(name, field) ? 'base64' : 'utf8'));
    }
  }
}
