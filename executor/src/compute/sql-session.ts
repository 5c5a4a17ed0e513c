import type { DuckDBConnection, Json } from '@duckdb/node-api';
import { MillraceError } from '@millrace/shared/errors';
import { fromDuckDBError } from './duckdb-errors.ts';
import { quoteName } from './sql-text.ts';

/** Lets a running statement be stopped; see lanes/interrupts.ts. */
export type InterruptGuard = {
  /** Throws CANCELLED when the running attempt was asked to stop. */
  check(): void;
  /** Runs one statement that may be interrupted. */
  during<T>(connection: DuckDBConnection, statement: () => Promise<T>): Promise<T>;
};

type Where = Readonly<Record<string, unknown>>;

/** One connection and what may be done with it: one statement at a time, errors as MillraceErrors. */
export type SqlSession = {
  readonly connection: DuckDBConnection;
  /** Runs one or several statements; gives the number of rows that the last one changed or copied (0 if it has none). */
  run(sql: string, where?: Where): Promise<number>;
  /** Rows of the last statement, BIGINT and wider as text. */
  rows(sql: string, where?: Where): Promise<Json[][]>;
  /**
   * Statements whose result nobody waits for, and which may be run again: while the session joins they are sent with
   * the next `run` or `rows`.
   */
  later(sql: string, where?: Where): Promise<void>;
  /**
   * Begins to join statements, or ends it. A call to DuckDB costs a small task as much as what it does: two threads
   * have to wake up. Large tasks run each by itself, so that it is known what takes how long. What is still waiting is forgotten.
   */
  join(on: boolean): void;
  /** Makes a temporary view of this SELECT, which costs nothing if it is that already. */
  view(name: string, select: string): Promise<void>;
  /** Sets variables to SQL expressions of constants; those that have that value already cost nothing. */
  set(variables: Readonly<Record<string, string>>): Promise<void>;
  close(): void;
};

type Statement = { sql: string; where: Where };

export function openSqlSession(connection: DuckDBConnection, guard: InterruptGuard): SqlSession {
  const variables = new Map<string, string>();
  const views = new Map<string, string>();
  let joining = false;
  let waiting: Statement[] = [];

  const forget = () => {
    waiting = [];
    variables.clear();
    views.clear();
  };

  async function guarded<T>(statement: Statement, send: (sql: string) => Promise<T>): Promise<T> {
    guard.check();
    try {
      return await guard.during(connection, () => send(statement.sql));
    } catch (error) {
      throw fromDuckDBError(error, statement.where);
    }
  }
  const runOne = (statement: Statement) => guarded(statement, async (sql) => (await connection.run(sql)).rowsChanged);

  async function perform<T>(last: Statement, send: (sql: string) => Promise<T>): Promise<T> {
    if (waiting.length === 0) return await guarded(last, send);
    const earlier = waiting;
    waiting = [];
    try {
      return await guarded({ ...last, sql: [...earlier, last].map(({ sql }) => sql).join(';\n') }, send);
    } catch (error) {
      forget();
      if (error instanceof MillraceError && error.code === 'CANCELLED') throw error;
      // One by one, to learn which of them it was.
      for (const statement of earlier) await runOne(statement);
      return await guarded(last, send);
    }
  }

  async function later(sql: string, where: Where = {}): Promise<void> {
    if (joining) waiting.push({ sql, where });
    else await runOne({ sql, where });
  }

  /** Says it only when it is news; not known to hold until it has been said. */
  async function remember(known: Map<string, string>, news: [name: string, value: string][], sql: string) {
    for (const [name] of news) known.delete(name);
    await later(sql);
    for (const [name, value] of news) known.set(name, value);
  }

  return {
    connection,
    run: (sql, where = {}) => perform({ sql, where }, async (text) => (await connection.run(text)).rowsChanged),
    rows: (sql, where = {}) =>
      perform({ sql, where }, async (text) => (await connection.runAndReadAll(text)).getRowsJson()),
    later,
    join(on) {
      if (waiting.length > 0) forget();
      joining = on;
    },
    async view(name, select) {
      if (views.get(name) === select) return;
      await remember(views, [[name, select]], `CREATE OR REPLACE TEMP VIEW ${quoteName(name)} AS ${select}`);
    },
    async set(values) {
      const news = Object.entries(values).filter(([name, value]) => variables.get(name) !== value);
      const sql = news.map(([name, value]) => `SET VARIABLE ${name} = ${value}`).join(';\n');
      if (news.length > 0) await remember(variables, news, sql);
    },
    close: () => connection.closeSync(),
  };
}
