// A plan of four stages, written by hand: two sources, the total of each user, and how many users have each total.
import type { Column, JobPlan, Operator, SourcePlan, Stage } from '@millrace/shared/plan';
import { makePlan, operator, PAYMENTS } from './lane-fixture.ts';

const PARTIAL: Column[] = [
  { name: 'user', type: 'VARCHAR' },
  { name: 'total', type: 'DECIMAL(38,2)' },
];
const CHANGES: Column[] = [
  { name: 'total', type: 'DECIMAL(38,2)' },
  { name: '__weight', type: 'INTEGER' },
];

export const REFUNDS: SourcePlan = { ...PAYMENTS, name: 'refunds' };

/** What they mean: payments add to the total of their user, refunds take from it; a user whose total is 0 is none. */
export const SPREAD_QUERY = (payments: string, refunds: string) => `
  SELECT total, count(*) AS users FROM (
    SELECT "user", sum(amount) AS total FROM
      (SELECT "user", amount FROM ${payments} UNION ALL SELECT "user", -amount AS amount FROM ${refunds})
    GROUP BY "user" HAVING sum(amount) <> 0)
  GROUP BY total`;

/** s0 (payments) and s1 (refunds) → s2 keeps a total for each user → s3 keeps all changes of totals → sink. */
export function spreadOfTotals(): JobPlan {
  return makePlan(
    [partialStage('s0', 'payments', '+'), partialStage('s1', 'refunds', '-'), totalStage(), spreadStage()],
    {
      sources: [PAYMENTS, REFUNDS],
      output: {
        columns: [
          { name: 'total', type: 'DECIMAL(38,2)' },
          { name: 'users', type: 'BIGINT' },
        ],
        keyColumns: ['total'],
        mode: 'update',
      },
    },
  );
}

function partialStage(id: string, source: string, sign: '+' | '-'): Stage {
  const rows = `${id}_rows`;
  const sql = `CREATE OR REPLACE TEMP TABLE ${rows} AS SELECT "user", sum(${sign}amount)::DECIMAL(38,2) AS total,
    (hash("user") % 128)::UTINYINT AS __partition FROM ${id}_input GROUP BY "user"`;
  return {
    id,
    inputs: [{ kind: 'source', source, relation: `${id}_input`, readOnce: false, eventTimeSql: null }],
    operators: [operator(`${id}_partial`, [sql])],
    outputs: [{ kind: 'shuffle', id: `${source}ByUser`, relation: rows, columns: PARTIAL }],
  };
}

function totalStage(): Stage {
  const total: Operator = operator('totals', [
    `CREATE OR REPLACE TEMP TABLE totals_pending AS
     SELECT d."user", (d.total + coalesce(s.total, 0))::DECIMAL(38,2) AS total, d.__partition, s.total IS NOT NULL AS __existed, s.total AS before
     FROM (SELECT "user", sum(total) AS total, __partition FROM s2_input GROUP BY "user", __partition) d
     LEFT JOIN totals_state s ON s."user" IS NOT DISTINCT FROM d."user"`,
    `CREATE OR REPLACE TEMP TABLE totals_changes AS
     SELECT total, __weight::INTEGER AS __weight, (hash(total) % 128)::UTINYINT AS __partition FROM (
       SELECT before AS total, -1 AS __weight FROM totals_pending WHERE __existed
       UNION ALL SELECT total, 1 FROM totals_pending WHERE total <> 0)`,
  ]);
  const state: Operator['state'] = {
    table: 'totals_state',
    columns: PARTIAL,
    kind: 'keyed',
    keyColumns: ['user'],
    goneSql: 'total = 0',
    pendingRelation: 'totals_pending',
    evict: null,
    adopt: [
      'DELETE FROM totals_state s USING totals_pending p WHERE s."user" IS NOT DISTINCT FROM p."user"',
      'INSERT INTO totals_state SELECT "user", total, __partition FROM totals_pending WHERE total <> 0',
    ],
    compact: null,
    nextExpiry: null,
    snapshot: `SELECT "user", total, __partition FROM totals_pending WHERE total <> 0
      UNION ALL SELECT * FROM totals_state s WHERE NOT EXISTS (FROM totals_pending p WHERE p."user" IS NOT DISTINCT FROM s."user")`,
  };
  return {
    id: 's2',
    inputs: [
      { kind: 'shuffle', shuffles: ['paymentsByUser', 'refundsByUser'], relation: 's2_input', columns: PARTIAL },
    ],
    operators: [{ ...total, state }],
    outputs: [{ kind: 'shuffle', id: 'changes', relation: 'totals_changes', columns: CHANGES }],
  };
}

function spreadStage(): Stage {
  const spread = operator('spread', [
    `CREATE OR REPLACE TEMP TABLE spread_pending AS SELECT total, __weight, __partition, false AS __existed FROM s3_input`,
  ]);
  const both =
    'SELECT total, __weight, __partition FROM spread_log UNION ALL SELECT total, __weight, __partition FROM spread_pending';
  const state: Operator['state'] = {
    table: 'spread_log',
    columns: CHANGES,
    kind: 'log',
    keyColumns: ['total'],
    goneSql: null,
    pendingRelation: 'spread_pending',
    evict: null,
    adopt: ['INSERT INTO spread_log SELECT total, __weight, __partition FROM spread_pending'],
    compact: [
      `CREATE OR REPLACE TEMP TABLE spread_left AS SELECT total, sum(__weight)::INTEGER AS __weight, __partition
       FROM spread_log GROUP BY total, __partition HAVING sum(__weight) <> 0`,
      'DELETE FROM spread_log',
      'INSERT INTO spread_log SELECT * FROM spread_left',
    ],
    nextExpiry: null,
    snapshot: both,
  };
  const sql = `SELECT total, users, (CASE WHEN users > 0 THEN 1 ELSE -1 END)::TINYINT AS __weight FROM (
    SELECT total, sum(__weight)::BIGINT AS users FROM (${both}) WHERE total IN (SELECT total FROM spread_pending) GROUP BY total)`;
  return {
    id: 's3',
    inputs: [{ kind: 'shuffle', shuffles: ['changes'], relation: 's3_input', columns: CHANGES }],
    operators: [{ ...spread, state }],
    outputs: [{ kind: 'sink', sql }],
  };
}
