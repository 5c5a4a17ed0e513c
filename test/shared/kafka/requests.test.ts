import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { createTopicsRequest } from '../../../shared/src/kafka/create-topics-message.ts';
import { fetchRequest } from '../../../shared/src/kafka/fetch-message.ts';
import { findCoordinatorRequest } from '../../../shared/src/kafka/find-coordinator-message.ts';
import type { RawRequest } from '../../../shared/src/kafka/kafkajs-internals.ts';
import { listOffsetsRequest } from '../../../shared/src/kafka/list-offsets-message.ts';
import { metadataRequestV6 } from '../../../shared/src/kafka/metadata-message.ts';
import { offsetFetchRequest } from '../../../shared/src/kafka/offset-fetch-message.ts';
import { addPartitionsRequest } from '../../../shared/src/kafka/transactions/add-partitions-message.ts';
import { endTxnRequest } from '../../../shared/src/kafka/transactions/end-txn-message.ts';
import { initProducerIdRequest } from '../../../shared/src/kafka/transactions/init-producer-id-message.ts';

const require = createRequire(import.meta.url);

const IDENTITY = { transactionalId: 'tid', producerId: 7n, producerEpoch: 3 };
const THEIR_IDENTITY = { transactionalId: 'tid', producerId: 7, producerEpoch: 3 };

/** Each request, and the arguments that make kafkajs encode the same one. */
const ROWS: [request: RawRequest, folder: string, options: object][] = [
  [
    fetchRequest(
      [
        { topic: 'tx', partition: 0, offset: 2 ** 40 + 1, bytesMax: 9 },
        { topic: 'ünï', partition: 1, offset: 0, bytesMax: 8 },
        { topic: 'tx', partition: 3, offset: 5, bytesMax: 7 },
      ],
      { waitMaxMs: 250, bytesMin: 1, bytesMax: 1 << 24 },
    ),
    'fetch/v11',
    {
      replicaId: -1,
      maxWaitTime: 250,
      minBytes: 1,
      maxBytes: 1 << 24,
      topics: [
        {
          topic: 'tx',
          partitions: [
            { partition: 0, fetchOffset: 2 ** 40 + 1, maxBytes: 9 },
            { partition: 3, fetchOffset: 5, maxBytes: 7 },
          ],
        },
        { topic: 'ünï', partitions: [{ partition: 1, fetchOffset: 0, maxBytes: 8 }] },
      ],
    },
  ],
  [
    listOffsetsRequest([{ topic: 'tx', partition: 4 }], -2),
    'listOffsets/v3',
    { replicaId: -1, isolationLevel: 1, topics: [{ topic: 'tx', partitions: [{ partition: 4, timestamp: -2 }] }] },
  ],
  [metadataRequestV6(['a', 'b']), 'metadata/v6', { topics: ['a', 'b'], allowAutoTopicCreation: false }],
  [
    findCoordinatorRequest({ kind: 'transaction', key: 'tid' }),
    'findCoordinator/v2',
    { coordinatorKey: 'tid', coordinatorType: 1 },
  ],
  [initProducerIdRequest('tid', 60_000), 'initProducerId/v1', { transactionalId: 'tid', transactionTimeout: 60_000 }],
  [
    addPartitionsRequest(IDENTITY, [
      { topic: 'a', partition: 0 },
      { topic: 'b', partition: 2 },
      { topic: 'a', partition: 1 },
    ]),
    'addPartitionsToTxn/v1',
    {
      ...THEIR_IDENTITY,
      topics: [
        { topic: 'a', partitions: [0, 1] },
        { topic: 'b', partitions: [2] },
      ],
    },
  ],
  [endTxnRequest(IDENTITY, 'commit'), 'endTxn/v1', { ...THEIR_IDENTITY, transactionResult: true }],
  [endTxnRequest(IDENTITY, 'abort'), 'endTxn/v1', { ...THEIR_IDENTITY, transactionResult: false }],
  [
    offsetFetchRequest('group', { topic: 'a', partition: 1 }),
    'offsetFetch/v4',
    { groupId: 'group', topics: [{ topic: 'a', partitions: [{ partition: 1 }] }] },
  ],
];

for (const [request, folder, options] of ROWS) {
  test(`${request.apiName} v${request.apiVersion} is encoded as kafkajs does`, async () => {
    const theirs = (require(`kafkajs/src/protocol/requests/${folder}/request`) as (options: object) => KafkajsRequest)(
      options,
    );
    assert.deepEqual(Buffer.concat(request.parts), (await theirs.encode()).buffer);
    assert.deepEqual([request.apiKey, request.apiVersion], [theirs.apiKey, theirs.apiVersion]);
  });
}

test('a request longer than the first buffer keeps its fields in order', () => {
  const topics = Array.from({ length: 300 }, (_, index) => `topic-${index}`);
  const body = Buffer.concat(metadataRequestV6(topics).parts);
  assert.equal(body.readInt32BE(0), 300);
  let position = 4;
  for (const topic of topics) {
    const length = body.readInt16BE(position);
    assert.equal(body.toString('utf8', position + 2, position + 2 + length), topic);
    position += 2 + length;
  }
});

test('CreateTopics leaves the replication factor to the broker', () => {
  const body = Buffer.concat(
    createTopicsRequest([{ topic: 't', partitions: 4, config: { 'retention.ms': '5' } }]).parts,
  );
  assert.equal(body.readInt32BE(7), 4);
  assert.equal(body.readInt16BE(11), -1);
});

type KafkajsRequest = { apiKey: number; apiVersion: number; encode(): Promise<{ buffer: Buffer }> };
