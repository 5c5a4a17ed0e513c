import { MillraceError } from '@millrace/shared/errors';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { type BenchContext, paymentTopic, withEngine } from '../bench-context.ts';
import { type CostReport, startCosts } from '../costs.ts';
import { PARTITIONS } from '../fill-topic.ts';
import { type Delivery, kafkaToKafkaJob } from '../job-specs.ts';
import { createPaymentWriter, EVENT_TIME_START_MS } from '../payments.ts';
import { runJob } from '../run-job.ts';
import { meanPhases, steadyRate } from '../steady-rate.ts';

export type KafkaToKafkaResult = {
  recordsPerSecond: number;
  kafkajsProducerRecordsPerSecond: number;
  commits: number;
  longestBatchMs: number;
  phasesMs: Record<string, number>;
  costs: CostReport;
};

const TIME_LIMIT_MS = 300_000;
/** Enough for the warm-up and 20 after it; the topic may hold more than this job gets through in reasonable time. */
const COMMITS_MAX = 30;
/** One `send` of kafkajs, and how long it is measured. */
const KAFKAJS_SEND_RECORDS = 5_000;
const KAFKAJS_SPAN_MS = 5_000;
const KAFKAJS_WARM_UP_MS = 2_000;

/** Parses every record, keeps half, and writes those as JSON to another topic. */
export async function measureKafkaToKafka(context: BenchContext, delivery: Delivery): Promise<KafkaToKafkaResult> {
  const { clock, kafka, kafkaServer, say } = context;
  const { topic } = await paymentTopic(context, 'dense');
  const sinkTopic = `payments-half-${delivery}-${process.pid}`;
  await kafka.createTopics([{ topic: sinkTopic, partitions: PARTITIONS }]);
  const kafkajs = await measureKafkajs(context, sinkTopic);
  say(`kafkajs producer: ${Math.round(kafkajs).toLocaleString('en')} records/s`);
  const source = { brokers: kafkaServer.brokers, topic };
  const job = kafkaToKafkaJob('bench-kafka-to-kafka', source, { topic: sinkTopic, delivery });
  return withEngine(context, { executorFlags: ['--lanes', '2'] }, async (engine) => {
    const costs = startCosts(context, engine);
    const batches = await runJob(engine.control, { job, commitsMax: COMMITS_MAX, timeLimitMs: TIME_LIMIT_MS, clock });
    const rate = steadyRate(batches);
    if (!rate) throw new MillraceError('INVALID_ARGUMENT', 'too few batches to measure: give more --records');
    return {
      ...rate,
      kafkajsProducerRecordsPerSecond: kafkajs,
      phasesMs: Object.fromEntries(meanPhases(batches)),
      costs: await costs.report(batches.reduce((sum, batch) => sum + batch.records, 0)),
    };
  });
}

/** kafkajs's own producer, as a program would use it to write the same records. */
async function measureKafkajs({ kafkaServer, clock }: BenchContext, topic: string): Promise<number> {
  const client = new Kafka({ brokers: kafkaServer.brokers, logLevel: logLevel.NOTHING });
  const producer = client.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  const messages = paymentTexts(KAFKAJS_SEND_RECORDS).map((value) => ({ value }));
  const sendFor = async (spanMs: number) => {
    const startedMs = clock.monotonic();
    let sent = 0;
    while (clock.monotonic() - startedMs < spanMs) {
      await producer.send({ topic, messages });
      sent += messages.length;
    }
    return (sent * 1_000) / (clock.monotonic() - startedMs);
  };
  try {
    await sendFor(KAFKAJS_WARM_UP_MS);
    return await sendFor(KAFKAJS_SPAN_MS);
  } finally {
    await producer.disconnect();
  }
}

function paymentTexts(count: number): string[] {
  const payment = createPaymentWriter();
  return Array.from({ length: count }, (_, index) => {
    payment.write(index, EVENT_TIME_START_MS);
    return payment.buffer.toString('latin1', 0, payment.bytes);
  });
}
