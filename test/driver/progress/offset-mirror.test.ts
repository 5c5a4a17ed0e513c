import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { jobId } from '@millrace/shared/ids';
import { createLogger } from '@millrace/shared/logging';
import type { Position } from '../../../driver/src/planning/batch-plan.ts';
import type { OffsetSource } from '../../../driver/src/planning/offset-source.ts';
import { createOffsetMirror } from '../../../driver/src/progress/offset-mirror.ts';

const at = (offset: number): Position[] => [{ source: 's', topic: 't', partition: 0, offset, maxEventTimeMs: null }];

const PAUSE_MS = 1_000;

/** A mirror whose pauses last until they are told to end. */
function mirrorOf(_t: TestContext, showPositions: OffsetSource['showPositions'] = async () => {}) {
  const shown: number[] = [];
  const abort = new AbortController();
  let endPause = () => {};
  let paused = Promise.withResolvers<void>();
  const mirror = createOffsetMirror({
    jobId: jobId('job'),
    offsets: {
      showPositions: async (group, positions, signal) => {
        assert.equal(group, 'job');
        await showPositions(group, positions, signal);
        shown.push(positions[0]!.offset);
      },
    } as OffsetSource,
    clock: {
      now: () => 0,
      monotonic: () => 0,
      delay: (ms, signal) =>
        new Promise((resolve, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
          // What is longer bounds a request.
          if (ms > PAUSE_MS) return;
          endPause = resolve;
          paused.resolve();
          paused = Promise.withResolvers();
        }),
    },
    log: createLogger({ name: 'test', level: 'silent' }),
    signal: abort.signal,
  });
  return { mirror, shown, abort, endPause: () => endPause(), nextPause: () => paused.promise };
}

test('positions are shown at once, then no more than once a pause, and the newest of them', async (t) => {
  const { mirror, shown, endPause, nextPause } = mirrorOf(t);
  const first = nextPause();
  mirror.show(at(1));
  await first;
  for (const offset of [2, 3, 4]) mirror.show(at(offset));
  assert.deepEqual(shown, [1]);
  const second = nextPause();
  endPause();
  await second;
  assert.deepEqual(shown, [1, 4]);
  await mirror.close();
});

test('the last positions are shown when the job ends', async (t) => {
  const { mirror, shown, nextPause } = mirrorOf(t);
  const first = nextPause();
  mirror.show(at(1));
  await first;
  mirror.show(at(2));
  await mirror.close();
  assert.deepEqual(shown, [1, 2]);
});

test('a job that drops everything shows nothing more, and trouble keeps nothing from going on', async (t) => {
  const { mirror, shown, abort, nextPause } = mirrorOf(t, async () => {
    throw new Error('no such group');
  });
  const first = nextPause();
  mirror.show(at(1));
  await first;
  mirror.show(at(2));
  abort.abort();
  await mirror.close();
  assert.deepEqual(shown, []);
});
