import assert from 'node:assert/strict';
import test from 'node:test';
import { systemClock } from '@millrace/shared/clock';
import { connectKafka } from '@millrace/shared/kafka';
import { openLane } from '../../../executor/src/lanes/lane-pool.ts';
import { compileTestJob, rangeOf, startTestExecutor, topicOf } from './executor-fixture.ts';

test('the next task is fetched while the lane still computes the one before', async (t) => {
  const topic = await topicOf(t, [[JSON.stringify({ k: 'a', v: 1 })]]);
  const job = await compileTestJob(t, { topic, query: 'SELECT k FROM s', sink: { type: 'noop' } });
  const bothFetched = Promise.withResolvers<void>();
  let fetched = 0;
  const executor = await startTestExecutor(t, {
    input: { lanes: 1 },
    deps: {
      connectKafka: async (connection) => {
        const client = await connectKafka(connection, { clientId: 'test', clock: systemClock });
        return {
          ...client,
          fetch: async (wants, limits) => {
            const answer = await client.fetch(wants, limits);
            if (++fetched === 2) bothFetched.resolve();
            return answer;
          },
        };
      },
      // The only lane takes no task before both have been fetched: without overlap they wait for each other for ever.
      openLane: (options) => {
        const lane = openLane(options);
        return {
          ...lane,
          run: async (request, transfer) => {
            if (request.kind === 'runTask') await bothFetched.promise;
            return lane.run(request, transfer);
          },
        };
      },
    },
  });
  await executor.open(job);
  const ranges = [rangeOf(topic, 0, 0, 1)];
  const results = await Promise.all(
    [0, 1].map((index) => executor.runTask(job, { batchId: 0, stage: 0, index, ranges })),
  );
  assert.deepEqual(
    results.map(({ counts }) => counts?.recordsIn),
    [1, 1],
  );
});
