import type { Clock } from '@millrace/shared/clock';
import type { KafkaClient } from '@millrace/shared/kafka';
import type { Dice } from '../../sim/world/random.ts';
import { createLedgerWriter, type LedgerWriter, type Outcome } from './ledger-writer.ts';
import { drawTransfers } from './transfers.ts';

/** Writes transfers into the ledger until it is told to finish. */
export type TransferSource = {
  /** Of every transfer. */
  outcomes: ReadonlyMap<number, Outcome>;
  /** Resolves when `finish` was called and everything has ended. */
  run(signal: AbortSignal): Promise<void>;
  /** Resolves when each writer has committed a last transaction: nothing stays open. */
  finish(): Promise<void>;
};

/** Transactions overlap and end in another order than they begin. */
const WRITERS = 2;
/** Between two transactions of a writer: some hundred entries a second in all. */
const PAUSE_MS = { min: 50, max: 250 } as const;

export function createTransferSource(kafka: KafkaClient, clock: Clock, dice: Dice, topic: string): TransferSource {
  const draw = drawTransfers(dice, clock);
  const outcomes = new Map<number, Outcome>();
  const finished = Promise.withResolvers<void>();
  let finishing = false;

  async function write(writer: LedgerWriter, batch: ReturnType<typeof draw>, signal: AbortSignal): Promise<Outcome> {
    const outcome = await writer.write(batch, signal);
    for (const transfer of batch.transfers) outcomes.set(transfer, outcome);
    return outcome;
  }
  async function work(index: number, signal: AbortSignal): Promise<void> {
    const writer = createLedgerWriter(kafka, clock, topic, `ledger-writer-${index}`);
    while (!finishing) {
      await write(writer, draw(), signal);
      await clock.delay(dice.between(PAUSE_MS.min, PAUSE_MS.max), signal);
    }
    while ((await write(writer, { ...draw(), ending: 'commit' }, signal)) !== 'committed') signal.throwIfAborted();
  }

  return {
    outcomes,
    run: async (signal) => {
      await Promise.all(Array.from({ length: WRITERS }, (_, index) => work(index, signal)));
      finished.resolve();
    },
    finish: () => {
      finishing = true;
      return finished.promise;
    },
  };
}
