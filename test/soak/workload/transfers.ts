import type { Clock } from '@millrace/shared/clock';
import type { Dice } from '../../sim/world/random.ts';

export const ACCOUNTS = 60;
export const PARTITIONS = 4;

/** How a transaction of the producer ends. `abandon`: it is left open until the next one of its writer shuts it out. */
export type Ending = 'commit' | 'abort' | 'abandon';

/** One transaction to be written: its transfers, their values by partition, and how it ends. */
export type TransferBatch = { transfers: number[]; values: (string | Buffer)[][]; ending: Ending; openForMs: number };

const TRANSFERS_MAX = 30;
const AMOUNT_MAX = 10_000;
const ABORT_CHANCE = 0.08;
const ABANDON_CHANCE = 0.04;
/** Readers stand behind an open transaction: now and then for a while. */
const LINGER_CHANCE = 0.02;
const LINGER_MAX_MS = 2_000;
const BAD_CHANCE = 0.1;
const LATE_CHANCE = 0.02;
/** Far behind any watermark. */
const LATE_BY_MS = 60_000;
/** Within the watermark's delay. */
const DISORDER_MAX_MS = 1_000;

/** The last is no UTF-8. */
const BAD_VALUES = [Buffer.from('{"transfer": 17'), Buffer.from('no json'), Buffer.from([0x7b, 0xff, 0xfe, 0x7d])];

/** Draws transfers without end, each under a number of its own. Amounts are whole, so that sums are exact. */
export function drawTransfers(dice: Dice, clock: Pick<Clock, 'now'>): () => TransferBatch {
  let last = 0;
  const transfer = (values: (string | Buffer)[][]): number => {
    last += 1;
    const late = dice.chance(LATE_CHANCE) ? LATE_BY_MS : 0;
    const ts = clock.now() - dice.between(0, DISORDER_MAX_MS) - late;
    const amount = dice.between(1, AMOUNT_MAX);
    const giver = dice.between(1, ACCOUNTS);
    const taker = (giver % ACCOUNTS) + 1;
    for (const [account, change] of [
      [giver, -amount],
      [taker, amount],
    ] as const) {
      dice.oneOf(values).push(JSON.stringify({ transfer: last, account, amount: change, ts }));
    }
    return last;
  };
  return () => {
    const values = Array.from({ length: PARTITIONS }, (): (string | Buffer)[] => []);
    const transfers = Array.from({ length: dice.between(1, TRANSFERS_MAX) }, () => transfer(values));
    if (dice.chance(BAD_CHANCE)) dice.oneOf(values).push(dice.oneOf(BAD_VALUES));
    const openForMs = dice.chance(LINGER_CHANCE) ? dice.between(0, LINGER_MAX_MS) : 0;
    return { transfers, values, ending: endingOf(dice), openForMs };
  };
}

function endingOf(dice: Dice): Ending {
  if (dice.chance(ABORT_CHANCE)) return 'abort';
  return dice.chance(ABANDON_CHANCE) ? 'abandon' : 'commit';
}
