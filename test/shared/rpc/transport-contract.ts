import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { wire } from '@millrace/proto';
import { MillraceError } from '@millrace/shared/errors';
import { call, type Handlers, type RpcClient, stream } from '@millrace/shared/rpc';

type Control = typeof wire.ControlService.service;
export type ControlHandlers = Handlers<Control>;

export type TransportUnderTest = {
  /** A client of a control service that has these handlers and no others. */
  serve(t: TestContext, handlers: Partial<ControlHandlers>): Promise<RpcClient<Control>>;
  /** A client, opened with DRIVER_UNAVAILABLE, of a service that is not there. */
  absent(t: TestContext): RpcClient<Control>;
};

/** What everything that carries calls between driver, executors and command line must do. */
export function transportContract(name: string, { serve, absent }: TransportUnderTest): void {
  describe(`transport contract: ${name}`, () => {
    test('a reply comes back with its defaults filled in', async (t) => {
      const client = await serve(t, { ListJobs: async () => ({ jobs: [{ jobId: 'a', lastBatch: -1 }] }) });
      const { jobs } = await call(client, 'ListJobs', {});
      assert.equal(jobs[0]?.jobId, 'a');
      assert.equal(jobs[0]?.lastBatch, -1);
      assert.equal(jobs[0]?.status, '');
    });

    test('a MillraceError crosses the wire whole, its cause included', async (t) => {
      const client = await serve(t, {
        StopJob: async () => {
          const cause = new MillraceError('STORE_UNAVAILABLE', 'no answer');
          throw new MillraceError('JOB_UNKNOWN', 'no job "x"', {
            hint: 'see millrace jobs',
            details: { job: 'x' },
            cause,
          });
        },
      });
      await assert.rejects(call(client, 'StopJob', { jobId: 'x' }), (error: MillraceError) => {
        assert.deepEqual(
          [error.code, error.domain, error.message, error.hint, error.details],
          ['JOB_UNKNOWN', 'user', 'no job "x"', 'see millrace jobs', { job: 'x' }],
        );
        assert.equal((error.cause as MillraceError).code, 'STORE_UNAVAILABLE');
        return true;
      });
    });

    test('aborting a call reaches the handler and rejects with CANCELLED', async (t) => {
      const seen = Promise.withResolvers<void>();
      const left = Promise.withResolvers<void>();
      const client = await serve(t, {
        DescribeJob: async (_request, { signal }) => {
          signal.addEventListener('abort', () => left.resolve());
          seen.resolve();
          return new Promise(() => {});
        },
      });
      const controller = new AbortController();
      const pending = call(client, 'DescribeJob', { jobId: 'x' }, { signal: controller.signal });
      await seen.promise;
      controller.abort();
      await assert.rejects(pending, { code: 'CANCELLED' });
      await left.promise;
    });

    test('a stream is read as an iterable and its failure arrives after what was sent', async (t) => {
      const client = await serve(t, {
        Watch: async function* () {
          yield { sinkText: 'one' };
          yield { sinkText: 'two' };
          throw new MillraceError('JOB_UNKNOWN', 'deleted');
        },
      });
      const texts: string[] = [];
      await assert.rejects(
        async () => {
          for await (const event of stream(client, 'Watch', { jobId: 'x' })) texts.push(event.sinkText);
        },
        { code: 'JOB_UNKNOWN' },
      );
      assert.deepEqual(texts, ['one', 'two']);
    });

    test('a peer that is not there gives the code the client was opened with', async (t) => {
      await assert.rejects(call(absent(t), 'ListJobs', {}), { code: 'DRIVER_UNAVAILABLE' });
    });

    test('a deadline that passes gives TIMED_OUT', async (t) => {
      const client = await serve(t, { ListJobs: () => new Promise(() => {}) });
      await assert.rejects(call(client, 'ListJobs', {}, { timeoutMs: 30 }), { code: 'TIMED_OUT' });
    });

    test('a stream whose handler throws at once fails with that error', async (t) => {
      const client = await serve(t, {
        Watch: () => {
          throw new MillraceError('JOB_UNKNOWN', 'no such job');
        },
      });
      const first = stream(client, 'Watch', { jobId: 'x' }).next();
      await assert.rejects(first, { code: 'JOB_UNKNOWN' });
    });

    test('the details of a long list of problems cross the wire, and endless ones do not break the call', async (t) => {
      const problems = (count: number) =>
        Array.from({ length: count }, (_, i) => ({ path: `p${i}`, message: 'x'.repeat(200) }));
      let count = 100;
      const client = await serve(t, {
        Submit: async () => {
          throw new MillraceError('INVALID_SPEC', 'wrong', { details: { problems: problems(count) } });
        },
      });
      const submit = () => call(client, 'Submit', { specText: '' });
      await assert.rejects(submit(), (error: MillraceError) => (error.details.problems as unknown[]).length === 100);
      count = 10_000;
      await assert.rejects(submit(), { code: 'INVALID_SPEC', message: 'wrong' });
    });
  });
}
