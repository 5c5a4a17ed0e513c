import type { TopicRecord } from '../../../examples/demo/check/read-partition.ts';

/** One half of a transfer: what an account gave or got. */
export type Entry = {
  partition: number;
  offset: number;
  transfer: number;
  account: number;
  amount: number;
  ts: number;
};

/** A record that is no entry. */
export type BadRecord = { partition: number; offset: number; value: string };

/** One partition of the topic, up to `readTo`, in the order of offsets. */
export type LedgerPartition = { entries: Entry[]; bad: BadRecord[]; readTo: number };

/** What the topic holds, as a read_committed reader found it: the truth that jobs are held against. */
export type Ledger = LedgerPartition[];

/** By partition: everything below has been read. */
export type Positions = readonly number[];

export type Balance = { balance: number; entries: number };

export const emptyLedger = (partitions: number): Ledger =>
  Array.from({ length: partitions }, () => ({ entries: [], bad: [], readTo: 0 }));

export function enter(ledger: Ledger, { partition, offset, value }: TopicRecord): void {
  const { entries, bad } = ledger[partition]!;
  try {
    const { transfer, account, amount, ts } = JSON.parse(String(value)) as Entry;
    entries.push({ partition, offset, transfer, account, amount, ts });
  } catch {
    bad.push({ partition, offset, value: value?.toString('base64') ?? '' });
  }
}

export const hasRead = (ledger: Ledger, positions: Positions): boolean =>
  positions.every((position, partition) => ledger[partition]!.readTo >= position);

/** What every account must have once exactly the records below these positions are counted. */
export function balancesAt(ledger: Ledger, positions: Positions): Map<number, Balance> {
  const balances = new Map<number, Balance>();
  for (const [partition, { entries }] of ledger.entries()) {
    for (const { offset, account, amount } of entries) {
      if (offset >= (positions[partition] ?? 0)) break;
      const before = balances.get(account) ?? { balance: 0, entries: 0 };
      balances.set(account, { balance: before.balance + amount, entries: before.entries + 1 });
    }
  }
  return balances;
}

/** What lies in `[from, until)` of a partition. */
export function slice<Placed extends { offset: number }>(
  placed: readonly Placed[],
  from: number,
  until: number,
): Placed[] {
  return placed.slice(firstAt(placed, from), firstAt(placed, until));
}

function firstAt(placed: readonly { offset: number }[], offset: number): number {
  let [low, high] = [0, placed.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (placed[middle]!.offset < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
