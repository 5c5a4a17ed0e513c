import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { systemClock } from '@millrace/shared/clock';
import { connectKafka } from '@millrace/shared/kafka';
import { parseDemoOptions } from '../../examples/demo/demo-options.ts';
import { sharedServers } from '../servers/index.ts';

const DEMO = resolve(import.meta.dirname, '../../examples/demo/main.ts');
/** Beyond it the demo is told to end, and the test fails: it takes a quarter of that on an idle machine. */
const DEMO_TIMEOUT_MS = 100_000;
const FLAGS = ['--disable-warning=TimeoutNegativeWarning', '--disable-warning=ExperimentalWarning'];

test('the demo loses an executor, sees its tasks retried, and its result equals the truth', async (t) => {
  const { kafkaBrokers: brokers, redisUrl } = await sharedServers();
  const servers = { MILLRACE_KAFKA: brokers.join(','), MILLRACE_REDIS: redisUrl };
  const { stdout } = await promisify(execFile)(process.execPath, [...FLAGS, DEMO, '--short', '--plain'], {
    timeout: DEMO_TIMEOUT_MS,
    env: { ...process.env, ...servers },
  });
  const [, killed] = /(executor-\d), the busiest, is stopped/.exec(stdout) ?? [];
  assert.match(stdout, new RegExp(`executor lost +executor "${killed}" was lost`));
  assert.match(stdout, /task retried +batch \d+: task/);
  assert.match(stdout, /executor joined +executor "executor-4" joined/);
  assert.match(stdout, /VERDICT: equal/);
  const kafka = await connectKafka({ brokers, ssl: false, sasl: null }, { clientId: 'test', clock: systemClock });
  t.after(() => kafka.close());
  const left = (await kafka.topicNames()).filter((topic) => ['transactions', 'spend-by-user'].includes(topic));
  assert.deepEqual(left, [], 'a Kafka that was there is left as it was');
});

test('what the demo can be told', () => {
  assert.equal(parseDemoOptions(['--help']), null);
  assert.equal(parseDemoOptions(['--seconds', '60'], 2)?.paySeconds, 60);
  assert.deepEqual(parseDemoOptions([], 2), {
    paySeconds: 40,
    keep: false,
    plain: false,
    recordsPerSecond: 10_000,
    lanes: 1,
  });
  for (const wrong of [['--seconds', '1'], ['--seconds', 'x'], ['--what']]) {
    assert.throws(() => parseDemoOptions(wrong), { code: 'INVALID_ARGUMENT' });
  }
});
