import assert from 'node:assert/strict';
import { call } from '@millrace/shared/rpc';
import type { SoakCluster } from '../soak-cluster.ts';
import { balancesAt, hasRead, type Ledger } from '../workload/ledger.ts';
import { ACCOUNTS } from '../workload/transfers.ts';
import type { JobFollower } from './job-follower.ts';

/** A query that restores state first, beside everything else. */
const QUERY_TIMEOUT_MS = 20_000;

/** Holds the state of the balances, as whoever queries it sees it, against the ledger. */
export type StateCheck = {
  /** Answers that were right. */
  checked(): number;
  /** Where it stands, for people. */
  stand(): string;
  /** Asks, or judges the last answer once log and ledger have come as far. Rejects when it is wrong. */
  look(): Promise<void>;
};

/** The rows after a batch. */
type Answer = { batch: number; rows: readonly (readonly string[])[] };

export function createStateCheck(cluster: SoakCluster, job: JobFollower, ledger: Ledger): StateCheck {
  let checked = 0;
  let open: Answer | null = null;
  let refusal = '';
  return {
    checked: () => checked,
    stand: () => (open ? `batch ${open.batch} cannot be judged yet` : `the last answer: ${refusal}`),
    async look() {
      try {
        open ??= await askForBalances(cluster, job.job);
      } catch (error) {
        refusal = String(error);
      }
      if (!open || !canJudge(open, job, ledger)) return;
      assertBalances(open, job, ledger);
      open = null;
      checked += 1;
    },
  };
}

/** Null before the first commit. Rejects when nobody can answer just now. */
async function askForBalances({ ask }: SoakCluster, job: string): Promise<Answer | null> {
  const query = (sql: string) =>
    ask((control) =>
      call(control, 'QueryJobState', { jobId: job, sql, maxRows: ACCOUNTS + 1 }, { timeoutMs: QUERY_TIMEOUT_MS }),
    );
  const tables = await query('');
  const [table] = (JSON.parse(tables.rowsJson) as string[][])[0] ?? [];
  if (tables.batchId < 0 || table === undefined) return null;
  const { batchId, rowsJson } = await query(`SELECT account, sum_amount, count_rows FROM ${table}`);
  return { batch: batchId, rows: JSON.parse(rowsJson) as string[][] };
}

const canJudge = ({ batch }: Answer, { readings }: JobFollower, ledger: Ledger): boolean =>
  readings[batch] !== undefined && hasRead(ledger, readings[batch].until);

/**
 * After batch N every account has what the records below N's positions give it. So money is neither made nor lost: the sum over all
 * accounts is that of the transfers of which only one half is below them.
 */
function assertBalances({ batch, rows }: Answer, { readings }: JobFollower, ledger: Ledger): void {
  const text = (account: unknown, balance: unknown, entries: unknown) => `${account}: ${balance} of ${entries}`;
  const expected = [...balancesAt(ledger, readings[batch]!.until)];
  assert.deepEqual(
    rows.map(([account, balance, entries]) => text(account, balance, entries)).toSorted(),
    expected.map(([account, { balance, entries }]) => text(account, balance, entries)).toSorted(),
    `balances in the state after batch ${batch}`,
  );
}
