// Makes the topics of examples/spend-by-user.yaml and pays: about a thousand payments a second, until Ctrl-C.
// KAFKA_BROKERS=host:port node docs/quick-start/payments.mjs
import { Kafka, logLevel } from 'kafkajs';

const brokers = (process.env.KAFKA_BROKERS ?? 'localhost:9092').split(',');
const kafka = new Kafka({ clientId: 'payments', brokers, logLevel: logLevel.ERROR });

const admin = kafka.admin();
await admin.connect();
await admin.createTopics({
  topics: ['transactions', 'spend-by-user'].map((topic) => ({ topic, numPartitions: 4, replicationFactor: 1 })),
  waitForLeaders: true,
});
await admin.disconnect();

const any = (choices) => choices[Math.floor(Math.random() * choices.length)];
const payment = () => ({
  value: JSON.stringify({
    user: `user-${Math.floor(Math.random() * 100)}`,
    amount: (Math.random() * 900 + 1).toFixed(2),
    ts: Date.now(),
    merchant: any(['corner-cafe', 'city-books', 'north-fuel']),
    country: any(['DE', 'FR', 'SE']),
    card: any(['visa', 'mastercard']),
  }),
});

const producer = kafka.producer();
await producer.connect();
console.log(`paying to ${brokers.join(',')} until Ctrl-C`);
setInterval(() => producer.send({ topic: 'transactions', messages: Array.from({ length: 100 }, payment) }), 100);
