import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { systemClock } from '@millrace/shared/clock';
import { connectKafka, createRecordBatchWriter } from '@millrace/shared/kafka';
import kafkajs, {
  type Admin,
  type AclOperationTypes as Operation,
  type ResourcePatternTypes as Pattern,
  type AclResourceTypes as Resource,
} from 'kafkajs';
import { createTransactionalKafkaSink } from '../../../executor/src/sinks/transactional-kafka-sink.ts';
import { startKafka } from '../../servers/index.ts';
import { contextOf, publishOf, SINK_JOB } from './sink-contract.ts';

const ADMIN = { username: 'ada', password: 'counts-2-machines' };
const USER = { username: 'millrace', password: 'turns-the-wheel' };
const TOPIC = 'output';
const { signal } = new AbortController();

/** A CommonJS module, whose enums Node does not see by name. */
const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, Kafka, logLevel, ResourcePatternTypes } = kafkajs;
const PREFIXED = ResourcePatternTypes.PREFIXED;
const LITERAL = ResourcePatternTypes.LITERAL;
type Right = [name: string, Resource, string, Pattern, Operation];

/** What docs/operations.md asks for. */
const RIGHTS: readonly Right[] = [
  ['to write to the topic', AclResourceTypes.TOPIC, TOPIC, LITERAL, AclOperationTypes.WRITE],
  ['to read the topic', AclResourceTypes.TOPIC, TOPIC, LITERAL, AclOperationTypes.READ],
  ['to use transactional ids', AclResourceTypes.TRANSACTIONAL_ID, 'millrace/', PREFIXED, AclOperationTypes.WRITE],
  ['to keep the marker', AclResourceTypes.GROUP, 'millrace/', PREFIXED, AclOperationTypes.READ],
];

test('a transactional sink works with the rights that are documented, and names the one that is missing', async (t) => {
  const { brokers, admin } = await startGuarded(t);
  await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: 1 }] });
  const run = async (batch: number) => {
    const client = await connectKafka(
      { brokers, ssl: false, sasl: { mechanism: 'plain', ...USER } },
      { clientId: 'test', clock: systemClock },
    );
    const spec = { topic: TOPIC, keyColumns: [], headers: {}, compression: 'none' as const };
    const options = { spec, transactionTimeoutMs: 60_000, connect: async () => client, clock: systemClock };
    const sink = createTransactionalKafkaSink('output', { ...options, job: SINK_JOB });
    try {
      const prepared = await sink.prepare(contextOf(batch), oneRow(), signal);
      await sink.publish(publishOf(batch), [prepared]);
      // What is missing for the marker is told with the next batch.
      await sink.close();
      await sink.publish(publishOf(batch), [prepared]);
    } finally {
      client.close();
    }
  };
  await allow(admin, RIGHTS);
  await run(0);
  for (const [index, right] of RIGHTS.entries()) {
    await admin.deleteAcls({ filters: [filterOf(right)] });
    await t.test(`without the right ${right[0]}`, async () => {
      await assert.rejects(run(index + 1), { code: 'KAFKA_REFUSED' });
    });
    await allow(admin, [right]);
  }
  await run(RIGHTS.length + 1);
});

/** A broker that lets nobody do anything unless told, the administrator apart. */
async function startGuarded(t: TestContext): Promise<{ brokers: string[]; admin: Admin }> {
  const known = [ADMIN, USER].map(({ username, password }) => `user_${username}="${password}"`).join(' ');
  const login = `username="${ADMIN.username}" password="${ADMIN.password}" ${known}`;
  const kafka = await startKafka({
    access: { user: ADMIN },
    config: {
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      // Controllers come to each other without a login.
      'super.users': `User:${ADMIN.username};User:ANONYMOUS`,
      'listener.name.plaintext.plain.sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required ${login};`,
    },
  });
  t.after(() => kafka.stop());
  const { brokers } = kafka;
  const sasl = { mechanism: 'plain' as const, ...ADMIN };
  const admin = new Kafka({ brokers, sasl, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  t.after(() => admin.disconnect());
  return { brokers, admin };
}

async function allow(admin: Admin, rights: readonly Right[]): Promise<void> {
  await admin.createAcls({ acl: rights.map(filterOf) });
}

const filterOf = ([, resourceType, resourceName, resourcePatternType, operation]: Right) => ({
  ...{ resourceType, resourceName, resourcePatternType, operation },
  ...{ principal: `User:${USER.username}`, host: '*', permissionType: AclPermissionTypes.ALLOW },
});

function oneRow() {
  const timestampMs = systemClock.now();
  const writer = createRecordBatchWriter({ compression: 'none', bytesMax: 1_000, headers: {}, timestampMs });
  writer.append(null, 0, 0, Buffer.from('row'), 0, 3);
  const { batches, records, bytes } = writer.finish();
  return { kind: 'recordBatches' as const, rows: records, bytes, partitions: [{ partition: 0, batches, records }] };
}
