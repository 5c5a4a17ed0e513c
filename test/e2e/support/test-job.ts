import type { WatchEvent } from '@millrace/proto';
import type { KafkaClient } from '@millrace/shared/kafka';
import { assertContiguous, type JobLogs, readJobLogs } from './job-logs.ts';
import type { JobWatch } from './job-watch.ts';
import { answerOf } from './oracle.ts';
import { assertSameRows, type TextRow } from './rows.ts';
import { readTopic } from './topics.ts';

/** A submitted job that reads one topic of payments. */
export type TestJob = {
  id: string;
  watch: JobWatch;
  untilRunning(): Promise<WatchEvent>;
  untilBatch(batch: number): Promise<WatchEvent>;
  untilFinished(): Promise<WatchEvent>;
  /** Resolves with the code and message it failed with. */
  untilFailed(): Promise<{ code: string; message: string }>;
  /** Until everything that is in the topic now is committed and published. */
  untilCaughtUp(): Promise<WatchEvent>;
  logs(): Promise<JobLogs>;
  /** The rows are DuckDB's answer to `query` over the whole topic (see oracle.ts). */
  expectEqualsDuckDb(rows: readonly TextRow[], query: string): Promise<void>;
  /** Logs without a gap, from the beginning of the topic to its end. */
  expectExactLogs(): Promise<void>;
};

export type TestJobSurroundings = { kafka: KafkaClient; topic: string; redisUrl: string; namespace: string };

export function openTestJob(id: string, watch: JobWatch, surroundings: TestJobSurroundings): TestJob {
  const { kafka, topic, redisUrl, namespace } = surroundings;
  const ends = async () =>
    (await kafka.listOffsets([topic], 'latest')).map(({ partition, offset }) => ({ partition, offset }));
  const logs = () => readJobLogs(redisUrl, namespace, id);
  const answer = async (query: string) => answerOf(query, await readTopic(kafka, topic), await logs());
  return {
    id,
    watch,
    logs,
    untilRunning: () => watch.until('running', ({ job }) => job?.status === 'running'),
    untilBatch: (batch) => watch.until(`batch ${batch}`, ({ progress }) => (progress?.batchId ?? -1) >= batch),
    untilFinished: () => watch.until('finished', ({ job }) => job?.status === 'finished'),
    untilFailed: async () => {
      const { job } = await watch.until('failed', (event) => event.job?.status === 'failed');
      return { code: job?.failure?.code ?? '', message: job?.failure?.message ?? '' };
    },
    untilCaughtUp: async () => {
      const wanted = await ends();
      return watch.until('the end of the topic', ({ progress }) =>
        wanted.every(({ partition, offset }) =>
          progress?.partitions.some((position) => position.partition === partition && position.offset >= offset),
        ),
      );
    },
    expectEqualsDuckDb: async (rows, query) => assertSameRows(rows, await answer(query)),
    expectExactLogs: async () => {
      const { offsets, commits } = await logs();
      const places = (await ends()).map(({ partition, offset }): [string, number] => [`${topic}/${partition}`, offset]);
      assertContiguous({ offsets, commits }, new Map(places));
    },
  };
}
