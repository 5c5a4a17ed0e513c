import { hostname } from 'node:os';
import { systemClock } from '@millrace/shared/clock';
import { connectKafka } from '@millrace/shared/kafka';
import { createLogger } from '@millrace/shared/logging';
import { createMetrics } from '@millrace/shared/metrics';
import { grpcTransport } from '@millrace/shared/rpc';
import type { DriverOptions } from './driver-options.ts';
import { startDriver } from './start-driver.ts';

/** Runs a driver in this process until SIGTERM or SIGINT. The only place that builds the real clock and randomness. */
export async function runDriver(options: DriverOptions): Promise<void> {
  const log = createLogger({ name: 'driver', level: options.logLevel });
  // Before it says that it is ready: whoever waits for that may ask it to stop at once.
  const asked = new Promise<void>((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
  const driver = await startDriver(options, {
    clock: systemClock,
    random: Math.random,
    log,
    metrics: createMetrics('driver'),
    transport: grpcTransport,
    connectKafka: (connection, purpose) =>
      connectKafka(connection, { clientId: `millrace-driver-${purpose}`, clock: systemClock }),
    hostname: hostname(),
    // Elsewhere standard output is a log for machines; `millrace watch` shows the tables.
    show: (text) => (process.stdout.isTTY ? process.stdout.write(`${text}\n`) : undefined),
  });
  const failure = await Promise.race([asked, driver.failed]);
  log.info('driver is stopping; its jobs go on with the next driver');
  await driver.stop();
  if (failure) throw failure;
}
