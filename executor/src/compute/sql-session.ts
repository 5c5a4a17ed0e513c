import type { DuckDBConnection, Json } from '@duckdb/node-api';
import { fromDuckDBError } from './duckdb-errors.ts';

/** Lets a running statement be stopped; see lanes/interrupts.ts. */
export type InterruptGuard = {
  /** Throws CANCELLED when the running attempt was asked to stop. */
  check(): void;
  /** Runs one statement that may be interrupted. */
  during<T>(connection: DuckDBConnection, statement: () => Promise<T>): Promise<T>;
};

/** One connection and what may be done with it: one statement at a time, errors as MillraceErrors. */
export type SqlSession = {
  readonly connection: DuckDBConnection;
  /** Runs one or several statements; gives the number of rows that the last one changed or copied (0 if it has none). */
  run(sql: string, where?: Readonly<Record<string, unknown>>): Promise<number>;
  /** Rows of the last statement, BIGINT and wider as text. */
  rows(sql: string, where?: Readonly<Record<string, unknown>>): Promise<Json[][]>;
  close(): void;
};

export function openSqlSession(connection: DuckDBConnection, guard: InterruptGuard): SqlSession {
  async function guarded<T>(where: Readonly<Record<string, unknown>>, statement: () => Promise<T>): Promise<T> {
    guard.check();
    try {
      return await guard.during(connection, statement);
    } catch (error) {
      throw fromDuckDBError(error, where);
    }
  }
  return {
    connection,
    run: (sql, where = {}) =>
      guarded(where, async () => {
        const result = await connection.run(sql);
        return result.rowsChanged;
      }),
    rows: (sql, where = {}) => guarded(where, async () => (await connection.runAndReadAll(sql)).getRowsJson()),
    close: () => connection.closeSync(),
  };
}
