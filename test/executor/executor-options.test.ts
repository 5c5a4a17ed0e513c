import assert from 'node:assert/strict';
import test from 'node:test';
import { compileExecutorOptions, type ExecutorInput, type MachineFacts } from '@millrace/executor';

const facts: MachineFacts = {
  hostname: 'host',
  pid: 42,
  cores: 4,
  memoryBytes: 10_000_000_000,
  sharedMemoryFreeBytes: 2 ** 30,
  tmpDir: '/tmp',
};

test('defaults follow the machine', () => {
  assert.deepEqual(compileExecutorOptions({ driver: 'driver:7070' }, facts), {
    drivers: ['driver:7070'],
    executorId: 'host-42',
    listen: { host: '127.0.0.1', port: 0 },
    advertise: null,
    lanes: 4,
    laneMemoryMaxBytes: 1_500_000_000,
    prefetchMaxBytes: 128 * 1024 * 1024,
    scratchBase: '/dev/shm/millrace-host-42',
    drainTimeoutMs: 30_000,
    health: null,
  });
});

const scratchCases: [string, Partial<MachineFacts>, Partial<ExecutorInput>, string][] = [
  ['64 MB of /dev/shm', { sharedMemoryFreeBytes: 64 * 2 ** 20 }, {}, '/tmp/millrace-host-42'],
  ['no /dev/shm', { sharedMemoryFreeBytes: null }, {}, '/tmp/millrace-host-42'],
  ['a folder that is given', {}, { scratch: '/data', id: 'pod-0' }, '/data/millrace-pod-0'],
];
for (const [what, machine, input, base] of scratchCases) {
  test(`scratch with ${what}`, () => {
    assert.equal(compileExecutorOptions({ driver: 'd:1', ...input }, { ...facts, ...machine }).scratchBase, base);
  });
}

test('every problem is told at once', () => {
  const input = {
    driver: ['nowhere'],
    id: '../up',
    listen: { host: '0.0.0.0', port: 1 },
    lanes: 0,
    laneMemory: 5,
    prefetch: 1.5,
  };
  assert.throws(
    () => compileExecutorOptions(input, facts),
    (error: { code: string; message: string; details: { problems: string[] } }) => {
      assert.equal(error.code, 'INVALID_CONFIG');
      assert.deepEqual(
        error.details.problems.map((problem) => problem.split(':')[0]),
        ['driver', 'id', 'advertise', 'lanes', 'laneMemory', 'prefetch'],
      );
      return true;
    },
  );
});
