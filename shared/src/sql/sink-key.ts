import type { Column } from '../plan/index.ts';
import { nearest } from '../spec/did-you-mean.ts';
import type { SinkSpec } from '../spec/job-spec.ts';
import type { Refusal } from './refusal.ts';

/** Key columns of a Kafka sink that the query does not put out. Names are compared as written. */
export function refuseSinkKey(sink: SinkSpec, columns: readonly Column[]): Refusal[] {
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
