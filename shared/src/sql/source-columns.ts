import type { Column, MetadataColumn, SourceColumn } from '../plan/index.ts';
import { type ColumnSpec, type JobSpec, RAW_COLUMNS, type SourceSpec } from '../spec/job-spec.ts';
import {
  type Expression,
  isBaseTable,
  isColumnRef,
  isJoin,
  isStar,
  isSubquery,
  rewrite,
  type SelectNode,
  type TableRef,
  visit,
} from './ast.ts';
import { identifier } from './quote.ts';
import { isWindow } from './resolve-relations.ts';
import { rewriteSubqueries } from './rewrite-subqueries.ts';

type TypedMetadata = MetadataColumn & { type: string };

/** Everything a source offers to a query. Metadata of JSON sources is there by name, but `*` leaves it out. */
export type SourceOffer = { columns: SourceColumn[]; metadata: TypedMetadata[]; starCoversMetadata: boolean };

export function offerOf(source: SourceSpec): SourceOffer {
  const raw = source.format.kind === 'raw';
  // A row that an envelope takes back is one of an earlier record, of which nothing else is known.
  const hasMetadata = !(source.changes && source.changes.key === null);
  const metadata = (hasMetadata ? RAW_COLUMNS : []).map(({ name, type }) => ({
    name: raw ? name : `_${name}`,
    field: name,
    type,
  }));
  const columns = source.format.kind === 'json' ? source.format.columns.map(sourceColumn) : [];
  return { columns, metadata, starCoversMetadata: raw };
}

export function sourceColumn({ name, type, encoding }: ColumnSpec): SourceColumn {
  const jsonType = { plain: type, epochMs: 'BIGINT', epochSeconds: 'DOUBLE' }[encoding];
  return { name, type, jsonType, expression: decoded(identifier(name), encoding) };
}

/** The value of a column, where `value` is SQL for what JSON holds. */
export function decoded(value: string, encoding: ColumnSpec['encoding']): string {
  if (encoding === 'plain') return value;
  if (encoding === 'epochMs') return `make_timestamp_ms(${value})`;
  // Seconds may have a fraction, which JSON numbers carry; make_timestamp takes µs.
  return `make_timestamp(CAST(round(${value} * 1000000) AS BIGINT))`;
}

/** A source or a table of the spec as a table to bind against. `hidden`: metadata that `*` leaves out. */
export type SourceTable = { source: string; relation: string; ddl: string; hidden: string[] };

/** What a query reads, with all declared columns and the metadata that is named anywhere in it. */
export function sourceTables(
  { sources, tables }: Pick<JobSpec, 'sources' | 'tables'>,
  node: SelectNode,
): SourceTable[] {
  const used = usedNames(node);
  const read = sourcesOf(node);
  const declared = tables
    .filter(({ name }) => read.has(name.toLowerCase()))
    .map(({ name, columns }) => sourceTable(name, tableRelation(name), columns, []));
  const streams = sources
    .filter(({ name }) => read.has(name.toLowerCase()))
    .map((source) => {
      const offer = offerOf(source);
      const named = offer.metadata.filter(({ name }) => offer.starCoversMetadata || used.has(name.toLowerCase()));
      const hidden = offer.starCoversMetadata ? [] : named.map(({ name }) => name);
      return sourceTable(source.name, `__source_${source.name}`, [...offer.columns, ...named], hidden);
    });
  return [...streams, ...declared];
}

function sourceTable(name: string, relation: string, columns: readonly Column[], hidden: string[]): SourceTable {
  const listed = columns.map((one) => `${identifier(one.name)} ${one.type}`);
  const ddl = `CREATE TABLE ${identifier(relation)} (${listed.join(', ')})`;
  return { source: name.toLowerCase(), relation, ddl, hidden };
}

/** What a table is called in a lane. */
export const tableRelation = (name: string): string => `__table_${name}`;

/** Names that occur anywhere in the query. */
function usedNames(node: SelectNode): ReadonlySet<string> {
  const names = new Set<string>();
  visit(node, (expression) => {
    if (isColumnRef(expression)) for (const name of expression.column_names) names.add(name.toLowerCase());
    return undefined;
  });
  return names;
}

/** Lower-case names of all tables that a query names. */
function sourcesOf(tree: unknown, found = new Set<string>()): Set<string> {
  if (Array.isArray(tree)) for (const item of tree) sourcesOf(item, found);
  else if (typeof tree === 'object' && tree !== null) {
    if ('type' in tree && isBaseTable(tree as TableRef))
      found.add((tree as unknown as { table_name: string }).table_name.toLowerCase());
    for (const value of Object.values(tree)) sourcesOf(value, found);
  }
  return found;
}

/** Makes a query read these tables under the names of their sources, with `*` as it is over a source. */
export function readFromTables(node: SelectNode, tables: readonly SourceTable[]): SelectNode {
  const inner = (query: unknown) => readFromTables(query as SelectNode, tables);
  if (node.type === 'SET_OPERATION_NODE') return { ...node, left: inner(node.left), right: inner(node.right) };
  if (node.type !== 'SELECT_NODE') return node;
  const { from_table, ...clauses } = node;
  const read = { ...rewriteSubqueries(clauses, inner), from_table: renameSources(from_table, tables) } as SelectNode;
  const hidden = hiddenIn(from_table, tables);
  if (hidden.every(({ names }) => names.length === 0)) return read;
  const list = rewrite(read.select_list, (item) => {
    // A subquery has been looked at, and what a COLUMNS(…) computes names of is the star inside of it.
    if (item.class === 'SUBQUERY') return item;
    if (!isStar(item) || item.expr !== null) return null;
    const excluded = new Set(item.exclude_list.map((name) => name.toLowerCase()));
    const over = hidden.filter(({ alias }) => item.relation_name === '' || same(alias, item.relation_name));
    const more = over.flatMap(({ names }) => names).filter((name) => !excluded.has(name.toLowerCase()));
    return { ...item, exclude_list: [...item.exclude_list, ...new Set(more)] } as Expression;
  });
  return { ...read, select_list: list };
}

const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();

function renameSources(ref: TableRef, tables: readonly SourceTable[]): TableRef {
  if (isBaseTable(ref)) {
    const table = tables.find(({ source }) => same(source, ref.table_name));
    if (table === undefined) return ref;
    // Whatever the time, the columns are the same.
    return { ...ref, table_name: table.relation, alias: ref.alias || ref.table_name, at_clause: null } as TableRef;
  }
  if (isSubquery(ref)) {
    return { ...ref, subquery: { ...ref.subquery, node: readFromTables(ref.subquery.node, tables) } } as never;
  }
  if (isJoin(ref))
    return { ...ref, left: renameSources(ref.left, tables), right: renameSources(ref.right, tables) } as never;
  if (isWindow(ref)) return { ...ref, input: renameSources(ref.input!, tables) } as never;
  return ref;
}

/** Metadata columns that `*` would show, by the name of the relation they are in. */
function hiddenIn(ref: TableRef, tables: readonly SourceTable[]): { alias: string; names: string[] }[] {
  if (isJoin(ref)) return [...hiddenIn(ref.left, tables), ...hiddenIn(ref.right, tables)];
  if (isWindow(ref)) return hiddenIn(ref.input!, tables).map((one) => ({ ...one, alias: ref.alias || one.alias }));
  if (!isBaseTable(ref)) return [];
  const table = tables.find(({ source }) => same(source, ref.table_name));
  return table ? [{ alias: ref.alias || ref.table_name, names: table.hidden }] : [];
}
