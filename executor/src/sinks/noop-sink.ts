import type { Sink } from './sink.ts';

/** Counts rows and drops them: for measuring everything before the sink. */
export function createNoopSink(name: string): Sink {
  return {
    name,
    guarantee: { delivery: 'none', because: 'rows are counted and dropped' },
    encoding: async () => ({ kind: 'none' }),
    prepare: async ({ attemptId }, { rows }) => ({ sink: name, attempt: attemptId, rows, bytes: 0, detailJson: '' }),
    publish: async () => ({ text: '' }),
    discard: async () => {},
    close: async () => {},
  };
}
