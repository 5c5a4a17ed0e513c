import type { RawRequest } from './kafkajs-internals.ts';

/** A request and how to read its response. `decode` may throw a RangeError for a response that is cut off. */
export type KafkaRequest<Response> = RawRequest & {
  decode(payload: Buffer): { value: Response; throttleMs: number };
  /** What a broker is asked instead that does not know this version. */
  older?: KafkaRequest<Response>;
};
