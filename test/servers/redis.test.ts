import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { MillraceError } from '@millrace/shared/errors';
import { Redis } from 'ioredis';
import { startRedis } from './index.ts';

async function configOf(url: string, names: string[]): Promise<Record<string, string>> {
  const client = new Redis(url);
  const pairs = (await client.config('GET', ...(names as [string]))) as string[];
  client.disconnect();
  return Object.fromEntries(names.map((name) => [name, pairs[pairs.indexOf(name) + 1] ?? '']));
}

test('Redis keeps every acknowledged write and evicts nothing', async (t) => {
  const redis = await startRedis({ own: true });
  t.after(() => redis.stop());
  assert.deepEqual(await configOf(redis.url, ['appendonly', 'appendfsync', 'save', 'maxmemory-policy']), {
    appendonly: 'yes',
    appendfsync: 'always',
    save: '',
    'maxmemory-policy': 'noeviction',
  });
});

test('directives can be overridden', async (t) => {
  const redis = await startRedis({ own: true, config: { appendfsync: 'no', 'maxmemory-policy': 'allkeys-lru' } });
  t.after(() => redis.stop());
  assert.deepEqual(await configOf(redis.url, ['appendfsync', 'maxmemory-policy']), {
    appendfsync: 'no',
    'maxmemory-policy': 'allkeys-lru',
  });
});

test('a killed Redis comes back on its port with its data, and nothing is left after stop', async (t) => {
  const redis = await startRedis({ own: true });
  t.after(() => redis.stop());
  const before = new Redis(redis.url);
  await before.set('kept', 'yes');
  before.disconnect();
  const firstPid = redis.pid;
  await redis.kill();
  await redis.restart();
  assert.notEqual(redis.pid, firstPid);
  const after = new Redis(redis.url);
  assert.equal(await after.get('kept'), 'yes');
  after.disconnect();
  const [, folder] = (await dataFolder(redis.url)) as [string, string];
  await redis.stop();
  assert.equal(existsSync(folder), false);
});

async function dataFolder(url: string): Promise<unknown> {
  const client = new Redis(url);
  const answer = await client.config('GET', 'dir');
  client.disconnect();
  return answer;
}

test('a Redis that cannot start says why and leaves nothing', async () => {
  const folders = () => readdirSync(tmpdir()).filter((name) => holds(name, 'forget-everything'));
  await assert.rejects(startRedis({ own: true, config: { 'maxmemory-policy': 'forget-everything' } }), (error) => {
    assert.ok(error instanceof MillraceError);
    assert.match(error.message, /Redis ended with exit code 1[\s\S]*forget-everything/);
    return true;
  });
  assert.deepEqual(folders(), []);
});

function holds(name: string, directive: string): boolean {
  const path = join(tmpdir(), name, 'redis.conf');
  return name.startsWith('millrace-redis-') && existsSync(path) && readFileSync(path, 'utf8').includes(directive);
}
