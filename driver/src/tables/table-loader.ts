import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RowFormat } from '@millrace/shared/plan';
import type { FetchedTable, TableOrigin } from '@millrace/shared/spec';
import type { ConnectKafka } from '../jobs/check-online.ts';
import { makeVersion } from './make-version.ts';
import { checkPostgres, readPostgres } from './read-postgres.ts';
import { checkTableFile, readTableFile } from './read-table-file.ts';
import { readTopic } from './read-topic.ts';

/** The bytes of a version, and what tells cheaply that nothing has changed since; null where nothing does. */
export type LoadedTable = { bytes: Uint8Array; rows: number; mark: string | null };

/** Reads fetched tables. Errors: TABLE_UNAVAILABLE and those of Kafka; BAD_TABLE where the rows, or the spec, have to change. */
export type TableLoader = {
  /** All rows as they are now, or that nothing has changed since the load that gave `mark`. */
  load(table: FetchedTable, mark: string | null, signal: AbortSignal): Promise<LoadedTable | 'unchanged'>;
  /** What can be told without reading the rows. Topics are looked at beside those of sources. */
  check(table: FetchedTable): Promise<void>;
};

/** Rows as they were read, in a file. `place` names a line of it for people. */
export type ReadRows = { path: string; format: RowFormat; mark: string | null; place(line: number): string };

export type TableSources = {
  connectKafka: ConnectKafka;
  /** Below which specs may name files; null: nowhere. */
  tablesFolder: string | null;
};

export function createTableLoader(sources: TableSources): TableLoader {
  return {
    async load(table, mark, signal) {
      const folder = await mkdtemp(join(tmpdir(), 'millrace-table-'));
      try {
        const rows = await readRows(table, { sources, folder, mark, signal });
        signal.throwIfAborted();
        return rows === 'unchanged' ? rows : { ...(await makeVersion(table, rows, folder)), mark: rows.mark };
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    async check({ origin, columns, name }) {
      if (origin.kind === 'postgres') await checkPostgres(origin, { columns, name });
      if (origin.kind === 'file') await checkTableFile(origin, sources.tablesFolder);
    },
  };
}

type Reading = { sources: TableSources; folder: string; mark: string | null; signal: AbortSignal };

function readRows(table: FetchedTable, { sources, folder, mark, signal }: Reading): Promise<ReadRows | 'unchanged'> {
  const origin: TableOrigin = table.origin;
  const path = join(folder, 'rows');
  switch (origin.kind) {
    case 'postgres':
      return readPostgres(origin, table, path, signal);
    case 'kafka':
      return readTopic(origin, table, { path, mark, signal, connectKafka: sources.connectKafka });
    case 'file':
      return readTableFile(origin, table, { path, mark, tablesFolder: sources.tablesFolder });
    default:
      return origin satisfies never;
  }
}
