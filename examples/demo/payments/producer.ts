// The process that pays: steady payments, bursts on demand, until it is told to end or its parent is gone.
import { type Clock, systemClock } from '@millrace/shared/clock';
import { connectKafka, type KafkaClient } from '@millrace/shared/kafka';
import { createPaymentGenerator, type Payment } from './payment-generator.ts';
import type { FromProducer, ProducerPlan, ToProducer } from './producer-messages.ts';
import { seededRandom } from './seeded-random.ts';
import { sendPayments } from './send-payments.ts';

/** Between two sends: short enough to look steady. */
const SEND_EVERY_MS = 50;
/** Payments of one send: a burst is many of these. */
const RECORDS_PER_SEND_MAX = 20_000;
/** After a pause of the machine the steady payments do not come as a burst. */
const BEHIND_MAX_MS = 1_000;

type Orders = { burst: number; ended: boolean };

async function pay(plan: ProducerPlan, kafka: KafkaClient, clock: Clock, orders: Orders): Promise<number> {
  const nextPayment = createPaymentGenerator(seededRandom(plan.seed));
  let sent = 0;
  let paidUntilMs = clock.monotonic();
  while (!orders.ended) {
    const nowMs = clock.monotonic();
    paidUntilMs = Math.max(paidUntilMs, nowMs - BEHIND_MAX_MS);
    const steady = Math.floor(((nowMs - paidUntilMs) * plan.recordsPerSecond) / 1000);
    paidUntilMs += (steady * 1000) / plan.recordsPerSecond;
    const extra = Math.min(orders.burst, RECORDS_PER_SEND_MAX);
    orders.burst -= extra;
    const wallMs = clock.now();
    const payments: Payment[] = Array.from({ length: steady + extra }, () => nextPayment(wallMs));
    await sendPayments(kafka, plan, payments, wallMs);
    sent += payments.length;
    tell({ kind: 'sent', records: sent });
    if (orders.burst === 0) await clock.delay(SEND_EVERY_MS);
  }
  return sent;
}

function tell(message: FromProducer): void {
  process.send?.(message);
}

async function main(): Promise<void> {
  const plan = JSON.parse(process.argv[2] ?? '') as ProducerPlan;
  const orders: Orders = { burst: 0, ended: false };
  process.on('message', (message: ToProducer) => {
    if (message.kind === 'burst') orders.burst += message.records;
    else orders.ended = true;
  });
  process.on('disconnect', () => process.exit(1));
  // Ctrl-C reaches every process of the terminal; this one ends when the demo says so.
  process.on('SIGINT', () => {});
  const connection = { brokers: plan.brokers, ssl: false as const, sasl: null };
  const kafka = await connectKafka(connection, { clientId: 'demo-producer', clock: systemClock });
  const records = await pay(plan, kafka, systemClock, orders);
  kafka.close();
  tell({ kind: 'ended', records });
  process.disconnect?.();
}

// The disconnect of our own making is an end in good order.
process.once('beforeExit', () => process.exit(0));
await main();
