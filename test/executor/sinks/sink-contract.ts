import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { EncodedOutput } from '../../../executor/src/lanes/messages.ts';
import type { PrepareContext, PublishBatch, Sink } from '../../../executor/src/sinks/sink.ts';

export const JOB_ID = 'job';
export const SINK_JOB = {
  jobId: JOB_ID,
  submittedMs: 1_700_000_000_000,
  incarnation: 'executor-1',
};

/** One sink over a target of its own, and the means to look at it from outside. */
export type SinkUnderTest = {
  /** Another instance over the same target, as after a crash or on another executor. */
  open(): Sink;
  /** One row, `text`, as the lane would encode it for this sink. */
  encode(text: string): Promise<EncodedOutput>;
  /** Rows a reader sees, in any order, once there are `atLeast`; null where there is nothing to look at. */
  visible(atLeast: number): Promise<string[] | null>;
};

export const contextOf = (batchId: number, taskIndex = 0, attempt = 0): PrepareContext => ({
  jobId: JOB_ID,
  driverEpoch: 1,
  batchId,
  stage: 's0',
  taskIndex,
  attemptId: `1.${batchId}.s0.${taskIndex}.${attempt}`,
});

export const publishOf = (batchId: number): PublishBatch => ({
  jobId: JOB_ID,
  batchId,
  executors: { driverEpoch: 1, present: [SINK_JOB.incarnation], losses: 0 },
});

const { signal } = new AbortController();

/** What every sink promises. How often a row may be seen is what its guarantee says. */
export function sinkContract(name: string, start: (t: TestContext) => Promise<SinkUnderTest>): void {
  const see = async (under: SinkUnderTest, sink: Sink, expected: string[]) => {
    const seen = await under.visible(expected.length);
    if (seen === null) return;
    if (sink.guarantee.delivery === 'exactlyOnce') assert.deepEqual(seen.toSorted(), expected.toSorted());
    else assert.deepEqual([...new Set(seen)].toSorted(), expected.toSorted());
  };
  const prepareRow = async (under: SinkUnderTest, sink: Sink, text: string, context: PrepareContext) =>
    sink.prepare(context, await under.encode(text), signal);

  test(`${name}: prepares and publishes the tasks of a batch`, async (t) => {
    const under = await start(t);
    const sink = under.open();
    assert.notEqual(sink.guarantee.because, '');
    const prepared = [
      await prepareRow(under, sink, 'a', contextOf(0, 0)),
      await prepareRow(under, sink, 'b', contextOf(0, 1)),
    ];
    assert.deepEqual(
      prepared.map((output) => [output.sink, output.rows]),
      [
        [sink.name, 1],
        [sink.name, 1],
      ],
    );
    if (sink.guarantee.delivery === 'exactlyOnce') await see(under, sink, []);
    await sink.publish(publishOf(0), prepared);
    await see(under, sink, ['a', 'b']);
  });

  test(`${name}: publishing twice changes nothing, also when the next batch is prepared between`, async (t) => {
    const under = await start(t);
    const sink = under.open();
    const prepared = await prepareRow(under, sink, 'a', contextOf(0));
    await sink.publish(publishOf(0), [prepared]);
    await sink.publish(publishOf(0), [prepared]);
    const next = await prepareRow(under, sink, 'b', contextOf(1));
    await sink.publish(publishOf(0), [prepared]);
    await see(under, sink, sink.guarantee.delivery === 'exactlyOnce' ? ['a'] : ['a', 'b']);
    await sink.publish(publishOf(1), [next]);
    await see(under, sink, ['a', 'b']);
  });

  test(`${name}: another executor publishes what one prepared before it died`, async (t) => {
    const under = await start(t);
    const prepared = await prepareRow(under, under.open(), 'a', contextOf(0));
    // As it comes back from the commit log.
    const stored = JSON.parse(JSON.stringify(prepared)) as typeof prepared;
    await under.open().publish(publishOf(0), [stored]);
    await see(under, under.open(), ['a']);
  });

  test(`${name}: discards what is not to be published, as often as asked`, async (t) => {
    const under = await start(t);
    const sink = under.open();
    const lost = await prepareRow(under, sink, 'a', contextOf(0, 0, 0));
    await sink.discard([lost]);
    await sink.discard([lost]);
    const won = await prepareRow(under, sink, 'a', contextOf(0, 0, 1));
    await sink.publish(publishOf(0), [won]);
    await see(under, sink, ['a']);
  });

  test(`${name}: refuses output in an encoding it did not ask for`, async (t) => {
    const sink = (await start(t)).open();
    const { kind } = await sink.encoding(signal);
    if (kind === 'none') return; // it takes anything
    await assert.rejects(sink.prepare(contextOf(0), { kind: 'none', rows: 0 }, signal), { code: 'INTERNAL' });
  });
}
