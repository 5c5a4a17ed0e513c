import type { KafkaRequest } from '../kafka-request.ts';
import { wireReader } from '../wire-reader.ts';
import { wireWriter } from '../wire-writer.ts';

export type ListTransactionsAnswer = { errorCode: number; transactionalIds: string[] };

/** The state of a transaction that nobody has asked to end. */
const ONGOING = 'Ongoing';

/** ListTransactions v0 (Kafka 3.0): the transactional ids with an open transaction that this broker coordinates. */
export function listTransactionsRequest(): KafkaRequest<ListTransactionsAnswer> {
  const body = wireWriter();
  body.tags(); // of the header
  body.compactArray([ONGOING], (state) => body.compactString(state));
  body.compactArray([], () => {}); // producer ids: any
  body.tags();
  return {
    apiKey: 66,
    apiVersion: 0,
    apiName: 'ListTransactions',
    parts: body.parts(),
    waitMaxMs: 0,
    decode: (payload) => {
      const reader = wireReader(payload);
      reader.tags(); // of the header
      const throttleMs = reader.int32();
      const errorCode = reader.int16();
      reader.compactArray(() => reader.compactString()); // states this broker does not know
      const transactionalIds = reader.compactArray(() => {
        const transactionalId = reader.compactString();
        reader.int64(); // producer id
        reader.compactString(); // state
        reader.tags();
        return transactionalId;
      });
      return { value: { errorCode, transactionalIds }, throttleMs };
    },
  };
}
