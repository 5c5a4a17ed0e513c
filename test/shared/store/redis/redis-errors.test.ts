import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MillraceError } from '@millrace/shared/errors';
import { redisError } from '../../../../shared/src/store/redis/redis-errors.ts';

const reply = (message: string) => Object.assign(new Error(message), { name: 'ReplyError' });

const table: [thrown: Error, code: string, retry: string][] = [
  [reply("READONLY You can't write against a read only replica."), 'STORE_UNAVAILABLE', 'backoff'],
  [reply("OOM command not allowed when used memory > 'maxmemory'."), 'STORE_UNAVAILABLE', 'backoff'],
  [reply('MISCONF Errors writing to the AOF file: No space left on device'), 'STORE_UNAVAILABLE', 'backoff'],
  [reply('LOADING Redis is loading the dataset in memory'), 'STORE_UNAVAILABLE', 'backoff'],
  [reply('CLUSTERDOWN The cluster is down'), 'STORE_UNAVAILABLE', 'backoff'],
  [reply('MOVED 3999 127.0.0.1:6381'), 'INVALID_CONFIG', 'none'],
  [reply('NOAUTH Authentication required.'), 'INVALID_CONFIG', 'none'],
  [reply("NOPERM this user has no permissions to run the 'evalsha' command"), 'INVALID_CONFIG', 'none'],
  [reply('WRONGTYPE Operation against a key holding the wrong kind of value'), 'STORE_CORRUPT', 'none'],
  [reply('ERR unknown command'), 'INTERNAL', 'none'],
  [new Error('Command timed out'), 'STORE_UNAVAILABLE', 'backoff'],
  [new Error('Connection is closed.'), 'STORE_UNAVAILABLE', 'backoff'],
  [new MillraceError('BLOB_LOST', 'gone'), 'BLOB_LOST', 'none'],
];

describe('failures of Redis', () => {
  for (const [thrown, code, retry] of table) {
    test(thrown.message, () => {
      const error = redisError(thrown, 'some:key');
      assert.deepEqual([error.code, error.retry], [code, retry]);
    });
  }

  test('the cause and the key are kept', () => {
    const cause = reply('OOM no');
    const error = redisError(cause, 'some:key');
    assert.equal(error.cause, cause);
    assert.deepEqual(error.details, { key: 'some:key' });
  });
});
