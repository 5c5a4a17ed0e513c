import type { Column, EmbeddedTablePlan } from '../plan/index.ts';

/** What the compiler needs from a SQL engine: text ↔ syntax tree, names and types of a query, constants. */
export type SqlFrontend = {
  catalog: FunctionCatalog;
  /** Text → syntax tree as JSON text (json_serialize_sql). */
  serialize(sql: string): Promise<{ ok: true; ast: string } | { ok: false; error: SqlError }>;
  /** Syntax tree as JSON text → SQL text. */
  deserialize(ast: string): Promise<string>;
  /** Output columns of `sql` over the empty tables that `ddl` creates, or the binder's error. */
  describe(
    ddl: readonly string[],
    sql: string,
  ): Promise<{ ok: true; columns: Column[] } | { ok: false; error: SqlError }>;
  /** Row of a query without tables, values as text. */
  evaluate(sql: string): Promise<{ ok: true; values: (string | null)[] } | { ok: false; error: SqlError }>;
  /** Loads a table as lanes do, and looks whether its key tells all rows apart; null where all is well. */
  tryTable(table: EmbeddedTablePlan, key: readonly string[]): Promise<TableFault | null>;
  close(): void;
};

/** What the engine says of the first row that is not as declared, or how many values of the key are in several rows. */
export type TableFault = { error: string } | { keysTwice: number };

/** `position` is a byte offset in the UTF-8 of the text that was handed in; null when the engine names no place. */
export type SqlError = {
  message: string;
  position: number | null;
  /** Such as COLUMN_NOT_FOUND; empty when there is none. */
  kind: string;
  /** Name that was not found. */
  name: string | null;
  candidates: string[];
};

/** Functions by what matters to a stream; all names in lower case. */
export type FunctionCatalog = {
  aggregates: ReadonlySet<string>;
  /** Another answer at every call or in every session. */
  unstable: ReadonlySet<string>;
  /** Scalar macros whose bodies aggregate, with the body. */
  aggregateMacros: ReadonlyMap<string, string>;
};
