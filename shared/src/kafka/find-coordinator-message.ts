import type { KafkaRequest } from './kafka-request.ts';
import { wireReader } from './wire-reader.ts';
import { wireWriter } from './wire-writer.ts';

/** What a broker is asked to look after: a consumer group, or the transactions under one transactional id. */
export type Coordinated = { kind: 'group' | 'transaction'; key: string };

export type Coordinator = { errorCode: number; nodeId: number };

const KEY_TYPES = { group: 0, transaction: 1 } as const;

/** FindCoordinator v2 (Kafka 2.0). */
export function findCoordinatorRequest({ kind, key }: Coordinated): KafkaRequest<Coordinator> {
  const body = wireWriter();
  body.string(key);
  body.int8(KEY_TYPES[kind]);
  return {
    apiKey: 10,
    apiVersion: 2,
    apiName: 'FindCoordinator',
    parts: body.parts(),
    waitMaxMs: 0,
    decode: (payload) => {
      const reader = wireReader(payload);
      const throttleMs = reader.int32();
      const errorCode = reader.int16();
      reader.string(); // the error in words, mostly null
      return { value: { errorCode, nodeId: reader.int32() }, throttleMs };
    },
  };
}
