import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { MillraceError } from '@millrace/shared/errors';
import { childLogger, createLogger, type LogLevel, redactUrl, taskContext } from '@millrace/shared/logging';

function sink(isTTY = false): {
  stream: PassThrough & { isTTY: boolean };
  text(): string;
  line(): Record<string, unknown>;
} {
  const stream = Object.assign(new PassThrough(), { isTTY });
  let text = '';
  stream.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  return { stream, text: () => text, line: () => JSON.parse(text) as Record<string, unknown> };
}

const TASK = { jobId: 'spend', batchId: 7, stage: 's0', index: 2, attempt: 1 };

test('a line is one JSON object with the context of its task', () => {
  const out = sink();
  const logger = childLogger(createLogger({ name: 'executor', stream: out.stream }), taskContext(TASK));
  logger.info({ rows: 5 }, 'task done');
  const { time, ...line } = out.line();
  assert.match(String(time), /^\d{4}-\d\d-\d\dT/);
  assert.deepEqual(line, {
    level: 'info',
    pid: process.pid,
    name: 'executor',
    job: 'spend',
    batch: 7,
    stage: 's0',
    task: 2,
    attempt: 1,
    rows: 5,
    msg: 'task done',
  });
});

test('a line for people names the context before the message and has no colours off a terminal', () => {
  const out = sink();
  const logger = childLogger(createLogger({ name: 'executor', stream: out.stream, human: true }), taskContext(TASK));
  logger.warn('retrying');

  assert.match(out.text(), /WARN \(executor\/\d+\): \[spend batch 7 stage s0 task 2 attempt 1\] retrying/);
  assert.ok(!out.text().includes('\u001b['));
});

test('a terminal gets colours', () => {
  const out = sink(true);
  createLogger({ name: 'driver', stream: out.stream }).info('up');
  assert.ok(out.text().includes('\u001b['));
});

test('lines below the level are not written, and an unknown level is refused', () => {
  const out = sink();
  createLogger({ name: 'driver', level: 'warn', stream: out.stream }).info('no');
  assert.equal(out.text(), '');
  assert.throws(() => createLogger({ name: 'driver', level: 'loud' as LogLevel }), { code: 'INVALID_CONFIG' });
});

test('secrets are not written', () => {
  const out = sink();
  const logger = createLogger({ name: 'driver', stream: out.stream });
  const err = new MillraceError('STORE_UNAVAILABLE', 'no answer from redis://me:hunter2@store:6379');
  logger.error(
    { err, url: 'redis://:hunter2@store:6379', sasl: { password: 'hunter2' }, a: { b: { password: 'hunter2' } } },
    'x',
  );
  assert.ok(!out.text().includes('hunter2'), out.text());
});

test('an error carries its code, hint and cause; a stack only for bugs', () => {
  const out = sink();
  const cause = new MillraceError('INTERNAL', 'impossible');
  const err = new MillraceError('QUERY_FAILED', 'overflow', { hint: 'cast it', details: { operator: 'a' }, cause });
  createLogger({ name: 'driver', stream: out.stream }).error({ err }, 'failed');
  const fields = out.line().err as Record<string, unknown>;
  assert.equal(fields.code, 'QUERY_FAILED');
  assert.equal(fields.hint, 'cast it');
  assert.equal(fields.stack, undefined);
  assert.match(String((fields.cause as Record<string, unknown>).stack), /impossible/);
});

test('redactUrl keeps everything but the password', () => {
  const cases: [string, string][] = [
    ['redis://user:secret@host:6379/0', 'redis://user:***@host:6379/0'],
    ['rediss://:p@ss@host', 'rediss://:***@host'],
    ['redis://host:6379', 'redis://host:6379'],
    ['plain text', 'plain text'],
  ];
  for (const [text, expected] of cases) assert.equal(redactUrl(text), expected);
});
