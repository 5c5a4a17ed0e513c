import type { OutputPlan } from '../plan/index.ts';
import { nearest } from '../spec/did-you-mean.ts';
import type { OutputMode, SinkSpec } from '../spec/job-spec.ts';
import type { Refusal } from './refusal.ts';

/** What the query puts out. `takesBack`: in update mode it may take rows back that it has put out before. */
export type SinkedOutput = Pick<OutputPlan, 'columns' | 'mode'> & { takesBack: boolean };

/** Why the sink cannot write the output of the query; empty when it can. */
export function refuseSink(sink: SinkSpec, output: SinkedOutput): Refusal[] {
  return [...refuseKey(sink, output), ...refuseRetractions(sink, output)];
}

/** Key columns that the query does not put out. Names are compared as written. */
function refuseKey(sink: SinkSpec, { columns }: SinkedOutput): Refusal[] {
  if (sink.type !== 'kafka') return [];
  const names = columns.map(({ name }) => name);
  return sink.keyColumns
    .filter((key) => !names.includes(key))
    .map((key) => {
      const near = nearest(key, names);
      return {
        message: `The key column "${key}" is no output column of the query.`,
        hint: near === undefined ? `Output columns: ${names.join(', ')}.` : `Did you mean "${near}"?`,
        location: null,
        path: 'sink.key',
      };
    });
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
