import { createNoopSink } from '../../../executor/src/sinks/noop-sink.ts';
import { sinkContract } from './sink-contract.ts';

sinkContract('noop', async () => ({
  open: () => createNoopSink('output'),
  encode: async () => ({ kind: 'none', rows: 1 }),
  visible: async () => null,
}));
