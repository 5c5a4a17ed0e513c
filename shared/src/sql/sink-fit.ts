import type { OutputPlan } from '../plan/index.ts';
import { nearest } from '../spec/did-you-mean.ts';
import type { OutputMode, SinkSpec } from '../spec/job-spec.ts';
import type { Refusal } from './refusal.ts';

/** What the query puts out. `takesBack`: in update mode it may take rows back that it has put out before. */
export type SinkedOutput = Pick<OutputPlan, 'columns' | 'mode'> & { takesBack: boolean };

/** Why the sink cannot write the output of the query; empty when it can. */
export function refuseSink(sink: SinkSpec, output: SinkedOutput): Refusal[] {
  return [...refuseNamed(sink, output), ...refusePartitions(sink, output), ...refuseRetractions(sink, output)];
}

/** Columns that the sink names and the query does not put out. Names are compared as written. */
function refuseNamed(sink: SinkSpec, { columns }: SinkedOutput): Refusal[] {
  const named =
    sink.type === 'kafka'
      ? { what: 'key', path: 'sink.key', wanted: sink.keyColumns }
      : { what: 'partition', path: 'sink.partitionBy', wanted: sink.type === 'file' ? sink.partitionBy : [] };
  const names = columns.map(({ name }) => name);
  return named.wanted
    .filter((one) => !names.includes(one))
    .map((one) => {
      const near = nearest(one, names);
      return {
        message: `The ${named.what} column "${one}" is no output column of the query.`,
        hint: near === undefined ? `Output columns: ${names.join(', ')}.` : `Did you mean "${near}"?`,
        location: null,
        path: named.path,
      };
    });
}

/** Every batch has a folder in each partition, so more of them are more folders than a file system likes. */
const PARTITION_COLUMNS_MAX = 4;

function refusePartitions(sink: SinkSpec, { columns }: SinkedOutput): Refusal[] {
  if (sink.type !== 'file' || sink.partitionBy.length === 0) return [];
  const { partitionBy } = sink;
  const refused = (message: string, hint: string) => [{ message, hint, location: null, path: 'sink.partitionBy' }];
  if (partitionBy.length > PARTITION_COLUMNS_MAX)
    return refused(
      `Files are partitioned by ${partitionBy.length} columns; at most ${PARTITION_COLUMNS_MAX} can make folders.`,
      'Partition by fewer of them.',
    );
  if (partitionBy.includes('batch'))
    return refused(
      'The partition column "batch" has the name of the folders of batches.',
      'Give it another name with AS.',
    );
  if (columns.every(({ name }) => partitionBy.includes(name)))
    return refused('Files partitioned by all columns would hold nothing.', 'Leave one column in the files.');
  const nested = columns.find(
    ({ name, type }) => partitionBy.includes(name) && /[[(]|BLOB|JSON/.test(type.replace(/^DECIMAL.*/, '')),
  );
  if (nested)
    return refused(
      `The partition column "${nested.name}" is a ${nested.type}, which makes no name of a folder.`,
      'Partition by numbers, texts, dates or times.',
    );
  return [];
}

/** A group key and the output columns that carry it: any one of them will do. */
export type CarriedKey = { name: string; outputs: string[] };

/** In update mode a key must tell all groups apart: readers keep the last record of each key. */
export function refuseAmbiguousKey(sink: SinkSpec, mode: OutputMode, carried: readonly CarriedKey[]): Refusal[] {
  if (sink.type !== 'kafka' || sink.keyColumns.length === 0 || mode !== 'update') return [];
  const keys = carried.flatMap(({ outputs }) => outputs);
  const changing = sink.keyColumns.filter((column) => !keys.includes(column));
  const missing = carried
    .filter(({ outputs }) => !outputs.some((output) => sink.keyColumns.includes(output)))
    .map(({ outputs, name }) => outputs[0] ?? name);
  if (missing.length + changing.length === 0) return [];
  const wanted = [...sink.keyColumns.filter((column) => !changing.includes(column)), ...missing];
  const reasons = [
    ...(missing.length > 0
      ? [`leaves out ${missing.join(', ')}, so updates of different groups would have the same key`]
      : []),
    ...(changing.length > 0
      ? [
          `holds ${changing.join(', ')}, which is no column of GROUP BY, so an update would not replace the row before it`,
        ]
      : []),
  ];
  return [
    {
      message: `The key ${reasons.join(', and ')}.`,
      hint: `Use key: [${wanted.join(', ')}].`,
      location: null,
      path: 'sink.key',
    },
  ];
}

/** Only a tombstone says that a row is gone, and that takes a key. What nobody reads as data may be told anything. */
function refuseRetractions(sink: SinkSpec, { mode, takesBack }: SinkedOutput): Refusal[] {
  if (mode !== 'update' || !takesBack) return [];
  const message = 'outputMode update takes rows back of this query';
  const hint = 'Write to Kafka with a key, where they become tombstones; or use outputMode changelog.';
  switch (sink.type) {
    case 'file':
      return [{ message: `${message}, which a file sink cannot say.`, hint, location: null, path: 'sink' }];
    case 'kafka':
      if (sink.keyColumns.length > 0) return [];
      return [
        { message: `${message}, which Kafka records without a key cannot say.`, hint, location: null, path: 'sink' },
      ];
    case 'console':
    case 'noop':
      return [];
    default:
      return sink satisfies never;
  }
}
