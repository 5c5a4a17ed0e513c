import { toMillraceError } from '@millrace/shared/errors';
import type { KafkaClient } from '@millrace/shared/kafka';
import {
  type FetchedTable,
  isFetched,
  type JobSpec,
  type KafkaConnection,
  type KafkaSourceSpec,
  outputPath,
  type SpecProblem,
} from '@millrace/shared/spec';
import type { TableLoader } from '../tables/table-loader.ts';

/** Opens a client of a Kafka cluster; the caller closes it. */
export type ConnectKafka = (connection: KafkaConnection, purpose: string) => Promise<KafkaClient>;

/**
 * What only the brokers and databases can tell about a spec: they answer, topics, offsets and columns are there. All problems at
 * once.
 */
export async function checkOnline(
  spec: JobSpec,
  { connectKafka, loader }: { connectKafka: ConnectKafka; loader: Pick<TableLoader, 'check'> },
): Promise<SpecProblem[]> {
  const checks = spec.sources.flatMap((source) => {
    const path = `sources.${source.name}`;
    const { onBadRecord, connection } = source;
    const letters =
      onBadRecord.kind === 'deadLetter' && onBadRecord.target.kind === 'topic'
        ? [checkTopics(connectKafka, connection, [onBadRecord.target.topic], `${path}.onBadRecord`)]
        : [];
    return [checkSource(connectKafka, source, path), ...letters];
  });
  const { onLateRow } = spec;
  if (onLateRow.kind === 'deadLetter' && onLateRow.target.kind === 'topic')
    checks.push(checkTopics(connectKafka, spec.sources[0]!.connection, [onLateRow.target.topic], 'onLateRow'));
  for (const output of spec.outputs) {
    const { sink } = output;
    if (sink.type === 'kafka')
      checks.push(checkTopics(connectKafka, sink.connection, [sink.topic], outputPath(output, 'sink.topic')));
  }
  const tables = spec.tables.filter(isFetched).map((table) => checkTable(connectKafka, loader, table));
  return (await Promise.all([...checks, ...tables])).flat();
}

async function checkTable(
  connectKafka: ConnectKafka,
  loader: Pick<TableLoader, 'check'>,
  table: FetchedTable,
): Promise<SpecProblem[]> {
  const { name, origin } = table;
  const path = `tables.${name}.${origin.kind}`;
  if (origin.kind === 'kafka') return checkTopics(connectKafka, origin.connection, [origin.topic], `${path}.topic`);
  return loader.check(table).then(
    () => [],
    (thrown: unknown) => [problemOf(thrown, path)],
  );
}

async function checkSource(connectKafka: ConnectKafka, source: KafkaSourceSpec, path: string): Promise<SpecProblem[]> {
  const missing = await checkTopics(connectKafka, source.connection, source.topics, `${path}.topic`);
  const { startingOffsets, topics } = source;
  if (missing.length > 0 || startingOffsets.kind !== 'perPartition') return missing;
  return asking(connectKafka, source.connection, `${path}.startingOffsets`, async (kafka) => {
    const [first, end] = await Promise.all([
      kafka.listOffsets(topics, 'earliest'),
      kafka.listOffsets(topics, 'latest'),
    ]);
    return wrongOffsets(startingOffsets.offsets, first, end).map((problem) => ({
      ...problem,
      path: `${path}.startingOffsets`,
      line: null,
      column: null,
    }));
  });
}

type KnownOffset = { topic: string; partition: number; offset: number };

/** Starting offsets that lie outside of their partition, or in none. Pure. */
export function wrongOffsets(
  named: Readonly<Record<string, Readonly<Record<string, number>>>>,
  first: readonly KnownOffset[],
  end: readonly KnownOffset[],
): Pick<SpecProblem, 'message' | 'hint'>[] {
  const of = (known: readonly KnownOffset[], topic: string, partition: string) =>
    known.find((one) => one.topic === topic && String(one.partition) === partition)?.offset;
  const wanted = Object.entries(named).flatMap(([topic, offsets]) =>
    Object.entries(offsets).map(([partition, offset]) => ({ topic, partition, offset })),
  );
  return wanted.flatMap(({ topic, partition, offset }) => {
    const [from, until] = [of(first, topic, partition), of(end, topic, partition)];
    if (from === undefined || until === undefined) {
      const count = end.filter((one) => one.topic === topic).length;
      return [{ message: `topic "${topic}" has no partition ${partition}`, hint: `it has ${count}, counted from 0` }];
    }
    if (offset >= from && offset <= until) return [];
    const hint = `the partition holds offsets from ${from}, and ends before ${until}`;
    return [{ message: `offset ${offset} lies outside of topic "${topic}" partition ${partition}`, hint }];
  });
}

function checkTopics(
  connectKafka: ConnectKafka,
  connection: KafkaConnection,
  topics: readonly string[],
  path: string,
): Promise<SpecProblem[]> {
  return asking(connectKafka, connection, path, async (kafka) => {
    await kafka.partitions([...topics]);
    return [];
  });
}

/** What `ask` finds; its failure is a problem too. */
async function asking(
  connectKafka: ConnectKafka,
  connection: KafkaConnection,
  path: string,
  ask: (kafka: KafkaClient) => Promise<SpecProblem[]>,
): Promise<SpecProblem[]> {
  try {
    const kafka = await connectKafka(connection, 'check');
    try {
      return await ask(kafka);
    } finally {
      kafka.close();
    }
  } catch (thrown) {
    return [problemOf(thrown, path)];
  }
}

function problemOf(thrown: unknown, path: string): SpecProblem {
  const { message, hint } = toMillraceError(thrown);
  return { path, message, hint, line: null, column: null };
}
