import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError } from '@millrace/shared/errors';
import { byLeader, type Step } from '../../../shared/src/kafka/by-leader.ts';
import type { Cluster, Leader } from '../../../shared/src/kafka/cluster.ts';

type Item = { topic: string; partition: number };

const items = (count: number): Item[] => Array.from({ length: count }, (_, partition) => ({ topic: 't', partition }));
const moved = (): Step<string> => ({ kind: 'retry', error: new MillraceError('KAFKA_UNAVAILABLE', 'moved') });
const unknown = (): Step<string> => ({ kind: 'unknown', error: new MillraceError('TOPIC_UNKNOWN', 'unknown') });

test('leaders are asked in parallel, and values come in the order of items', async () => {
  const { loop } = world(({ partition }) => node(partition % 2));
  const asked: string[] = [];
  const values = await byLeader(items(4), loop, async (nodeId, group) => {
    asked.push(`${nodeId}: ${group.map(({ partition }) => partition)}`);
    await Promise.resolve();
    return group.map(({ partition }) => ({ kind: 'done', value: `v${partition}` }));
  });
  assert.deepEqual(values, ['v0', 'v1', 'v2', 'v3']);
  assert.deepEqual(asked, ['0: 0,2', '1: 1,3']);
});

test('a moved partition is asked for again at its new leader, the others are not', async () => {
  let leader = 1;
  const { loop, log } = world(
    ({ partition }) => node(partition === 0 ? leader : 1),
    () => {
      leader = 2;
    },
  );
  const asked: string[] = [];
  await byLeader(items(2), loop, async (nodeId, group) => {
    asked.push(`${nodeId}: ${group.map(({ partition }) => partition)}`);
    return group.map(({ partition }) => (partition === 0 && nodeId === 1 ? moved() : { kind: 'done', value: '' }));
  });
  assert.deepEqual(asked, ['1: 0,1', '2: 0']);
  assert.deepEqual(log, ['delay 50', 'refresh t']);
});

const ENDS: [what: string, answer: () => Step<string>, code: string, delays: number[]][] = [
  ['a leader that keeps moving', moved, 'KAFKA_UNAVAILABLE', [50, 100, 200, 400, 800, 1_000, 1_000]],
  ['a partition that stays unknown', unknown, 'TOPIC_UNKNOWN', [50, 100]],
  ['a failure', () => ({ kind: 'failed', error: new MillraceError('OFFSETS_GONE', 'gone') }), 'OFFSETS_GONE', []],
  [
    'a leader that does not answer',
    () => throwing('KAFKA_UNAVAILABLE'),
    'KAFKA_UNAVAILABLE',
    [50, 100, 200, 400, 800, 1_000, 1_000],
  ],
  ['a leader that refuses', () => throwing('KAFKA_REFUSED'), 'KAFKA_REFUSED', []],
];

for (const [what, answer, code, delays] of ENDS) {
  test(`${what} ends in ${code} after ${delays.length} retries`, async () => {
    const { loop, log } = world(() => node(0));
    const asking = byLeader(items(1), loop, async (_, group) => group.map(answer));
    await assert.rejects(asking, (error) => error instanceof MillraceError && error.code === code);
    assert.deepEqual(
      log.filter((line) => line.startsWith('delay')),
      delays.map((ms) => `delay ${ms}`),
    );
  });
}

const HOMELESS: [leader: Leader, code: string, retries: number][] = [
  [{ kind: 'none' }, 'KAFKA_UNAVAILABLE', 7],
  [{ kind: 'unknownPartition' }, 'TOPIC_UNKNOWN', 2],
];

for (const [leader, code, retries] of HOMELESS) {
  test(`without a leader (${leader.kind}) nobody is asked`, async () => {
    const { loop, log } = world(() => leader);
    const asking = byLeader(items(1), loop, async () => assert.fail('asked'));
    await assert.rejects(asking, (error) => error instanceof MillraceError && error.code === code);
    assert.equal(log.filter((line) => line.startsWith('delay')).length, retries);
  });
}

test('progress starts the count of retries anew', async () => {
  const { loop } = world(() => node(0));
  let asked = 0;
  const values = await byLeader(items(1), loop, async () => {
    asked += 1;
    if (asked === 40) return [{ kind: 'done', value: 'written' }];
    return [asked % 4 === 0 ? { kind: 'more' } : moved()];
  });
  assert.deepEqual(values, ['written']);
});

test('where every try takes its whole timeout, time ends the retries before their number does', async () => {
  const { loop, advance } = world(() => node(0));
  let asked = 0;
  const asking = byLeader(items(1), loop, async () => {
    asked += 1;
    advance(15_000);
    return [moved()];
  });
  await assert.rejects(asking, /moved/);
  assert.equal(asked, 3);
});

test('an abort ends the retries with its reason', async () => {
  const { loop } = world(() => node(0));
  const abort = new AbortController();
  const asking = byLeader(items(1), { ...loop, signal: abort.signal }, async () => {
    abort.abort(new Error('enough'));
    return [moved()];
  });
  await assert.rejects(asking, /enough/);
});

function node(nodeId: number): Leader {
  return { kind: 'node', nodeId };
}

function throwing(code: 'KAFKA_UNAVAILABLE' | 'KAFKA_REFUSED'): never {
  throw new MillraceError(code, 'no answer');
}

/** A cluster where `leaderOf` decides, and a clock whose delays pass at once; `log` says what was done. */
function world(leaderOf: (item: Item) => Leader, onRefresh: () => void = () => {}) {
  const log: string[] = [];
  let nowMs = 0;
  const clock = {
    now: () => nowMs,
    monotonic: () => nowMs,
    delay: async (ms: number, signal?: AbortSignal) => {
      signal?.throwIfAborted();
      log.push(`delay ${ms}`);
      nowMs += ms;
    },
  };
  const cluster: Cluster = {
    leaderOf: (topic, partition) => leaderOf({ topic, partition }),
    partitionCount: () => null,
    topicId: () => null,
    refresh: async (topics) => {
      log.push(`refresh ${topics}`);
      onRefresh();
      return { brokers: [], topics: [] };
    },
    send: () => assert.fail('not used'),
  };
  function advance(ms: number): void {
    nowMs += ms;
  }
  return { loop: { cluster, clock }, log, advance };
}
