import type { Column, MetadataColumn, SourcePlan } from '../../plan/index.ts';
import type { ChangesSpec, ColumnSpec } from '../../spec/job-spec.ts';
import { identifier } from '../quote.ts';
import type { SourceRelation } from '../relations/relation.ts';
import { offerOf } from '../source-columns.ts';

/** Of a change: the row of its key is no more. */
export const GONE_COLUMN: Column = { name: '__gone', type: 'BOOLEAN' };

/** Of a version of a row: the event time from which on it is the one that counts. */
export const SINCE_COLUMN: Column = { name: '__since', type: 'TIMESTAMP' };

/** Where a change stands: of all changes of one key, which are in one partition, the last one counts. */
export const PLACE_COLUMNS: readonly Column[] = [
  { name: '__topic', type: 'VARCHAR' },
  { name: '__partition_number', type: 'INTEGER' },
  { name: '__offset', type: 'BIGINT' },
];
export const PLACE: readonly MetadataColumn[] = [
  { name: '__topic', field: 'topic' },
  { name: '__partition_number', field: 'partition' },
  { name: '__offset', field: 'offset' },
];

/** Later changes first. */
export const LAST_FIRST = PLACE_COLUMNS.map(({ name }) => `${identifier(name)} DESC`).join(', ');

/** What a query reads of a source of changes. */
export type ChangesRead = {
  source: string;
  changes: ChangesSpec;
  /** All that are declared. */
  declared: ColumnSpec[];
  /** Those that are read, with the keys. */
  read: ColumnSpec[];
  keys: ColumnSpec[];
  metadata: MetadataColumn[];
  /** Of versions: the column from whose time on they count. */
  time: string | null;
};

export function changesRead({ source, columns, versions }: SourceRelation): ChangesRead {
  const declared = source.format.kind === 'json' ? source.format.columns : [];
  const names = new Set(columns.map(({ name }) => name));
  const time = versions ? source.watermark!.column : null;
  const changes = source.changes!;
  const metadata = offerOf(source).metadata.filter(({ name }) => names.has(name) || name === time);
  return {
    ...{ source: source.name, changes, declared, time },
    read: declared.filter(({ name }) => names.has(name)),
    keys: declared.filter(({ name }) => changes.key?.includes(name)),
    metadata: metadata.map(({ name, field }) => ({ name, field })),
  };
}

/** How one kind of changes is read. */
export type ChangeReader = {
  plan(read: ChangesRead): SourcePlan;
  /** SELECT over the lane's rows: `columns`, GONE_COLUMN, PLACE_COLUMNS and, of versions, SINCE_COLUMN. */
  select(read: ChangesRead, columns: readonly string[], from: string): string;
};

/** What stands behind the columns of a change. `since`: SQL of the time, of versions alone. */
export const afterColumns = (gone: string, since: string | null): string[] => [
  `${gone} AS ${identifier(GONE_COLUMN.name)}`,
  ...PLACE_COLUMNS.map(({ name }) => identifier(name)),
  ...(since === null ? [] : [`${since} AS ${identifier(SINCE_COLUMN.name)}`]),
];
