import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { MillraceError } from '@millrace/shared/errors';
import { type JobPlan, KEY_HASH_COLUMN, type StateTable } from '@millrace/shared/plan';
import { fromDuckDBError } from '../compute/duckdb-errors.ts';
import { openLaneDatabase } from '../compute/lane-database.ts';
import { quoteName, timestampOf } from '../compute/sql-text.ts';
import type { LaneTask, StateFile } from '../lanes/messages.ts';
import { loadStateTable } from './load-state.ts';
import { endingOf, reachedBy } from './state-ending.ts';
import { statefulOperators } from './stateful-operators.ts';

export type StateQuery = { sql: string; files: StateFile[]; rowsMax: number } & Pick<LaneTask, 'watermarkMs' | 'ttl'>;

export type StateRows = { columns: string[]; rowsJson: string; truncated: boolean };

const LIST_TABLES = `SELECT table_name AS "table", estimated_size AS "rows", column_count AS "columns"
FROM duckdb_tables() ORDER BY table_name`;

/** Rows that cancel each other out, and what only lanes need, would puzzle a reader. */
const tidyForPeople = ({ table, compact, hashed }: StateTable): string[] => [
  ...(compact ?? []),
  ...(hashed ? [`ALTER TABLE ${quoteName(table)} DROP COLUMN ${KEY_HASH_COLUMN}`] : []),
];

/**
 * Runs a person's SQL over committed state, in a database of its own that can reach no file and no running job.
 * An empty text lists the tables. Errors: INVALID_ARGUMENT for SQL that does not run.
 */
export async function queryState(
  plan: JobPlan,
  query: StateQuery,
  folder: string,
  memoryMaxBytes: number,
): Promise<StateRows> {
  const everything = Array.from({ length: plan.statePartitions }, (_, partition) => partition);
  const ownFolder = join(folder, 'query');
  mkdirSync(ownFolder, { recursive: true });
  const database = await openLaneDatabase({
    folder: ownFolder,
    memoryMaxBytes,
    // Ordinary tables rather than temporary ones: the query runs on another connection.
    prepareSealed: async (connection) => {
      for (const { state, id } of statefulOperators(plan)) {
        const files = query.files.filter(({ operatorId }) => operatorId === id);
        const more = { statePartitions: plan.statePartitions, ttlSinceMs: query.ttl?.sinceMs ?? null };
        await connection.run(loadStateTable(state, files, everything, more).replace('TEMP TABLE', 'TABLE'));
        const ending = endingOf(state, reachedBy(query));
        if (ending !== null) {
          await connection.run(`SET VARIABLE ${ending.variable} = ${timestampOf(ending.toMs)}`);
          await connection.run(ending.sql);
        }
        for (const sql of tidyForPeople(state)) await connection.run(sql);
      }
    },
  });
  try {
    const connection = await database.connect();
    const reader = await connection.streamAndReadUntil(query.sql.trim() || LIST_TABLES, query.rowsMax + 1);
    const rows = reader.getRowsJson();
    return {
      columns: reader.deduplicatedColumnNames(),
      rowsJson: JSON.stringify(rows.slice(0, query.rowsMax)),
      truncated: rows.length > query.rowsMax,
    };
  } catch (error) {
    const failure = fromDuckDBError(error, {});
    throw new MillraceError('INVALID_ARGUMENT', failure.message, {
      hint: 'An empty query lists the tables of the state.',
    });
  } finally {
    database.close();
    rmSync(ownFolder, { recursive: true, force: true });
  }
}
