import type { KafkaRequest } from './kafka-request.ts';
import { wireReader } from './wire-reader.ts';
import { wireWriter } from './wire-writer.ts';

export type Coordinator = { errorCode: number; nodeId: number };

const GROUP = 0;

/** FindCoordinator v2 (Kafka 2.0): which broker looks after a consumer group. */
export function findCoordinatorRequest(group: string): KafkaRequest<Coordinator> {
  const body = wireWriter();
  body.string(group);
  body.int8(GROUP);
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
