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
  /** Sets variables to SQL expressions of constants; those that have that value already cost nothing. */
  set(variables: Readonly<Record<string, string>>): Promise<void>;
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
  const known = new Map<string, string>();

  async function run(sql: string, where: Readonly<Record<string, unknown>> = {}): Promise<number> {
    return await guarded(where, async () => (await connection.run(sql)).rowsChanged);
  }

  return {
    connection,
    run,
    rows: (sql, where = {}) => guarded(where, async () => (await connection.runAndReadAll(sql)).getRowsJson()),
    async set(variables) {
      const changed = Object.entries(variables).filter(([name, value]) => known.get(name) !== value);
      if (changed.length === 0) return;
      for (const [name] of changed) known.delete(name);
      await run(changed.map(([name, value]) => `SET VARIABLE ${name} = ${value}`).join(';\n'));
      for (const [name, value] of changed) known.set(name, value);
    },
    close: () => connection.closeSync(),
  };
}
