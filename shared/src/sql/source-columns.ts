import type { MetadataColumn, SourceColumn, SourcePlan } from '../plan/index.ts';
import { type ColumnSpec, RAW_COLUMNS, type SourceSpec } from '../spec/job-spec.ts';
import {
  type Expression,
  isBaseTable,
  isColumnRef,
  isJoin,
  isStar,
  isSubquery,
  type SelectNode,
  type TableRef,
  visit,
} from './ast.ts';
import { identifier } from './quote.ts';
import { isWindow } from './resolve-relations.ts';

type TypedMetadata = MetadataColumn & { type: string };

/** Everything a source offers to a query. Metadata of JSON sources is there by name, but `*` leaves it out. */
export type SourceOffer = { columns: SourceColumn[]; metadata: TypedMetadata[]; starCoversMetadata: boolean };

export function offerOf(source: SourceSpec): SourceOffer {
  const raw = source.format.kind === 'raw';
  const metadata = RAW_COLUMNS.map(({ name, type }) => ({ name: raw ? name : `_${name}`, field: name, type }));
  const columns = source.format.kind === 'json' ? source.format.columns.map(sourceColumn) : [];
  return { columns, metadata, starCoversMetadata: raw };
}

function sourceColumn({ name, type, encoding }: ColumnSpec): SourceColumn {
  const quoted = identifier(name);
  if (encoding === 'plain') return { name, type, jsonType: type, expression: quoted };
  if (encoding === 'epochMs') {
    return { name, type, jsonType: 'BIGINT', expression: `make_timestamp_ms(${quoted})` };
  }
  // Seconds may have a fraction, which JSON numbers carry; make_timestamp takes µs.
  return { name, type, jsonType: 'DOUBLE', expression: `make_timestamp(CAST(round(${quoted} * 1000000) AS BIGINT))` };
}

/**
 * The columns that the query reads, plus the watermark's where the watermark matters to it: all that a lane needs to parse.
 */
export function planSource(source: SourceSpec, node: SelectNode, usesWatermark: boolean): SourcePlan {
  const offer = offerOf(source);
  const used = usedNames(node);
  const eventTimeColumn = usesWatermark ? (source.watermark?.column ?? null) : null;
  const watermark = eventTimeColumn?.toLowerCase() ?? null;
  const wanted = (name: string) => used.names.has(name.toLowerCase()) || name.toLowerCase() === watermark;
  let columns = offer.columns.filter(({ name }) => used.star || wanted(name));
  let metadata = offer.metadata.filter(({ name }) => (used.star && offer.starCoversMetadata) || wanted(name));
  // A query such as count(*) reads no column; rows exist only where some column is read, so take the cheapest.
  if (columns.length + metadata.length === 0) {
    columns = offer.columns.slice(0, 1);
    metadata = columns.length > 0 ? [] : offer.metadata.filter(({ field }) => field === 'offset');
  }
  return {
    name: source.name,
    columns,
    metadata: metadata.map(({ name, field }) => ({ name, field })),
    eventTimeColumn,
  };
}

/** Names that occur anywhere in the query, and whether a `*` does: rather one column too many than one too few. */
function usedNames(node: SelectNode): { names: ReadonlySet<string>; star: boolean } {
  const names = new Set<string>();
  let star = false;
  visit(node, (expression) => {
    if (isColumnRef(expression)) for (const name of expression.column_names) names.add(name.toLowerCase());
    if (isStar(expression)) star = true;
    return undefined;
  });
  return { names, star };
}

/** CREATE TABLE for binding: the columns of the plan, typed as the query sees them. */
export function sourceTable(relation: string, source: SourceSpec, plan: SourcePlan): string {
  const { metadata } = offerOf(source);
  const typed = [...plan.columns, ...plan.metadata.map(({ name }) => metadata.find((one) => one.name === name)!)];
  const columns = typed.map(({ name, type }) => `${identifier(name)} ${type}`);
  return `CREATE TABLE ${identifier(relation)} (${columns.join(', ')})`;
}

/**
 * Makes the query read `relation`, under the name the user gave the source, and makes `*` over the source leave out
 * the columns `hidden`: Kafka metadata of JSON sources.
 */
export function readFrom(node: SelectNode, relation: string, hidden: readonly string[]): SelectNode {
  const from = renameSource(node.from_table, relation, hidden);
  if (hidden.length === 0 || !readsSourceItself(node.from_table)) return { ...node, from_table: from };
  const list = node.select_list.map((item) => {
    if (!isStar(item) || item.columns) return item;
    const excluded = new Set(item.exclude_list.map((name) => name.toLowerCase()));
    return {
      ...item,
      exclude_list: [...item.exclude_list, ...hidden.filter((name) => !excluded.has(name.toLowerCase()))],
    } as Expression;
  });
  return { ...node, select_list: list, from_table: from };
}

function renameSource(ref: TableRef, relation: string, hidden: readonly string[]): TableRef {
  if (isBaseTable(ref)) return { ...ref, table_name: relation, alias: ref.alias || ref.table_name };
  if (isSubquery(ref)) {
    if (ref.subquery.node.from_table.type === 'EMPTY') return ref;
    return { ...ref, subquery: { ...ref.subquery, node: readFrom(ref.subquery.node, relation, hidden) } } as never;
  }
  if (isJoin(ref)) return { ...ref, left: renameSource(ref.left, relation, hidden) } as never;
  if (isWindow(ref)) return { ...ref, input: renameSource(ref.input!, relation, hidden) } as never;
  return ref;
}

function readsSourceItself(ref: TableRef): boolean {
  if (isJoin(ref)) return readsSourceItself(ref.left);
  if (isWindow(ref)) return readsSourceItself(ref.input!);
  return isBaseTable(ref);
}

/** Names of the sources that the query reads (lower case). */
export function sourcesOf(ref: TableRef): string[] {
  if (isBaseTable(ref)) return [ref.table_name.toLowerCase()];
  if (isSubquery(ref)) return sourcesOf(ref.subquery.node.from_table);
  if (isJoin(ref)) return [...sourcesOf(ref.left), ...sourcesOf(ref.right)];
  if (isWindow(ref)) return sourcesOf(ref.input!);
  return [];
}
