import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import tls from 'node:tls';
import { systemClock } from '@millrace/shared/clock';
import { MillraceError } from '@millrace/shared/errors';
import { connectKafka, type KafkaClient } from '@millrace/shared/kafka';
import type { KafkaConnection } from '@millrace/shared/spec';
import { openSocket } from '../../../shared/src/kafka/kafkajs-internals.ts';
import { runCommand } from '../../servers/command.ts';
import { startKafka } from '../../servers/index.ts';
import { readValues, writeValues } from './kafka-under-test.ts';

/** Above the request that opens a login, far below what this test lasts. */
const LOGIN_LIFE_MS = 1_500;
/** Several logins end in it. */
const WORKING_MS = 4 * LOGIN_LIFE_MS;
const USER = { username: 'ada', password: 'counts-2-machines' };

test('over TLS and SASL, by every mechanism, longer than a login lasts', async (t) => {
  const pair = await selfSigned(t);
  const kafka = await startKafka({
    access: { user: USER, tls: pair },
    config: { 'connections.max.reauth.ms': String(LOGIN_LIFE_MS) },
  });
  t.after(() => kafka.stop());
  const connectionBy = (mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512', password = USER.password) => ({
    ...{ brokers: kafka.brokers, ssl: true, sasl: { mechanism, username: USER.username, password } },
  });
  const isRefused = (error: unknown) => error instanceof MillraceError && error.code === 'KAFKA_REFUSED';

  await assert.rejects(clientOf(t, connectionBy('plain')), isRefused, 'an authority that nobody knows');
  trust(t, pair.certificate);
  await assert.rejects(clientOf(t, connectionBy('plain', 'wrong')), isRefused, 'a wrong password');

  const socket = await socketOf(t, connectionBy('plain'));
  assert.ok(socket.takesRequests());
  const mechanisms = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;
  await Promise.all(
    mechanisms.map(async (mechanism) => worksOn(await clientOf(t, connectionBy(mechanism)), mechanism)),
  );
  assert.ok(!socket.takesRequests(), 'its login has ended: one more request, and the broker would close it');
});

/** Writes, waits for records by long polls that outlast a login, and reads, until several logins have ended. */
async function worksOn(kafka: KafkaClient, topic: string): Promise<void> {
  await kafka.createTopics([{ topic, partitions: 1 }]);
  const written: string[] = [];
  for (const startedAt = performance.now(); performance.now() - startedAt < WORKING_MS; ) {
    const positions = await kafka.listOffsets([topic], 'latest');
    const ends = await kafka.waitForRecords(positions, { waitMaxMs: LOGIN_LIFE_MS / 3 });
    assert.ok(ends.every(({ offset }) => offset <= positions[0]!.offset));
    written.push(`record ${written.length}`);
    await kafka.produce([{ topic, partition: 0, batches: writeValues(written.slice(-1)) }], { acks: -1 });
    // At least once: a login that ends while a busy machine hesitates costs the answer, and the record is written again.
    assert.deepEqual([...new Set(await readValues(kafka, topic))], written);
  }
}

async function clientOf(t: TestContext, connection: KafkaConnection): Promise<KafkaClient> {
  const kafka = await connectKafka(connection, { clientId: 'test', clock: systemClock });
  t.after(() => kafka.close());
  return kafka;
}

async function socketOf(t: TestContext, connection: KafkaConnection) {
  const [host, port] = connection.brokers[0]!.split(':');
  const timeouts = { connectTimeoutMs: 2_000, requestTimeoutMs: 5_000 };
  const options = { connection, clientId: 'test', ...timeouts, log: () => {} };
  const socket = await openSocket({ host: host!, port: Number(port) }, options, null);
  t.after(() => socket.destroy());
  return socket;
}

async function selfSigned(t: TestContext): Promise<{ certificate: string; privateKey: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-tls-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const [keyPath, certificatePath] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const subject = ['-subj', '/CN=millrace test', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
  const output = ['-nodes', '-keyout', keyPath, '-out', certificatePath];
  await runCommand('openssl', ['req', '-x509', '-newkey', 'rsa:2048', ...subject, ...output]);
  return { certificate: readFileSync(certificatePath, 'utf8'), privateKey: readFileSync(keyPath, 'utf8') };
}

/** As NODE_EXTRA_CA_CERTS does for a process from its start. */
function trust(t: TestContext, certificate: string): void {
  const before = tls.getCACertificates('default');
  tls.setDefaultCACertificates([...before, certificate]);
  t.after(() => tls.setDefaultCACertificates(before));
}
