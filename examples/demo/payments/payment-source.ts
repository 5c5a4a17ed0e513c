import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { FromProducer, ProducerPlan, ToProducer } from './producer-messages.ts';

/** The producer process, seen from the demo. */
export type PaymentSource = {
  readonly pid: number;
  burst(records: number): void;
  /** No more payments; resolves to how many there were in all. */
  end(): Promise<number>;
  /** How it ended; undefined while it runs. */
  ending(): string | undefined;
  kill(): Promise<void>;
};

const PROGRAM = join(import.meta.dirname, 'producer.ts');
/** kafkajs sets negative timers on Node 24: harmless, and known. */
const FLAGS = ['--disable-warning=TimeoutNegativeWarning', '--disable-warning=ExperimentalWarning'];

export function startPaymentSource(
  plan: ProducerPlan,
  options: { logPath: string; onSent(records: number): void },
): PaymentSource {
  const log = openSync(options.logPath, 'a');
  const child = fork(PROGRAM, [JSON.stringify(plan)], { execArgv: FLAGS, stdio: ['ignore', log, log, 'ipc'] });
  closeSync(log);
  const ended = Promise.withResolvers<number>();
  // Whoever waits for the end sees it; before that, `ending` tells.
  ended.promise.catch(() => undefined);
  let ending: string | undefined;
  child.on('message', (message: FromProducer) => {
    options.onSent(message.records);
    if (message.kind === 'ended') ended.resolve(message.records);
  });
  child.once('exit', (code, signal) => {
    ending = signal === null ? `exit code ${code}` : `signal ${signal}`;
    ended.reject(new Error(`the producer ended with ${ending}`));
  });
  child.once('error', ended.reject);
  const send = (message: ToProducer) => void child.send(message, () => undefined);
  return {
    pid: child.pid ?? -1,
    burst: (records) => send({ kind: 'burst', records }),
    end: () => {
      send({ kind: 'end' });
      return ended.promise;
    },
    ending: () => ending,
    kill: () => kill(child, () => ending !== undefined),
  };
}

async function kill(child: ChildProcess, isGone: () => boolean): Promise<void> {
  if (isGone()) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
