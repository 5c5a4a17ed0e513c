import type { KafkaRequest } from '../kafka-request.ts';

export type ListTransactionsAnswer = { errorCode: number; transactionalIds: string[] };

/** The state of a transaction that nobody has asked to end. */
const ONGOING = 'Ongoing';
/** An empty set of tagged fields, which ends every structure of a flexible version. */
const NO_TAGS = 0;

/**
 * ListTransactions v0 (Kafka 3.0): the transactional ids with an open transaction that this broker coordinates. The API has
 * flexible versions only: its header ends in tagged fields, which go in front of the body here, and lengths are varints plus one.
 */
export function listTransactionsRequest(): KafkaRequest<ListTransactionsAnswer> {
  const state = Buffer.from(ONGOING);
  const body = Buffer.from([NO_TAGS, 2, state.length + 1, ...state, 1, NO_TAGS]);
  return {
    apiKey: 66,
    apiVersion: 0,
    apiName: 'ListTransactions',
    parts: [body],
    waitMaxMs: 0,
    decode: decodeListTransactions,
  };
}

function decodeListTransactions(payload: Buffer): { value: ListTransactionsAnswer; throttleMs: number } {
  let at = 0;
  const skipTags = (): void => {
    for (let left = varint(); left > 0; left--) {
      varint(); // tag
      const bytes = varint();
      at += bytes;
    }
  };
  function varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = payload.readUInt8(at++);
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }
  const text = (): string => {
    const bytes = varint() - 1;
    at += Math.max(0, bytes);
    if (at > payload.length) throw new RangeError(`The response ends at byte ${payload.length}, not ${at}.`);
    return payload.toString('utf8', at - Math.max(0, bytes), at);
  };
  const list = <Item>(read: () => Item): Item[] => {
    const items: Item[] = [];
    for (let left = varint() - 1; left > 0; left--) items.push(read());
    return items;
  };
  skipTags(); // of the header
  const throttleMs = payload.readInt32BE(at);
  const errorCode = payload.readInt16BE(at + 4);
  at += 6;
  list(text); // states this broker does not know
  const transactionalIds = list(() => {
    const transactionalId = text();
    at += 8; // producer id
    text(); // state
    skipTags();
    return transactionalId;
  });
  return { value: { errorCode, transactionalIds }, throttleMs };
}
