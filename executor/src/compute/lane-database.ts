import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { MillraceError } from '@millrace/shared/errors';
import { INDEX_SETTINGS, LOOKUP_SETTING } from '../state/lookup-index.ts';
import { PARTITION_SETTINGS } from './encode-partitions.ts';
import { quoteText } from './sql-text.ts';

/** Built into the DuckDB that is pinned; nothing is ever loaded from the network. */
const EXTENSIONS_NEEDED = ['core_functions', 'icu', 'json', 'parquet'];

const BYTES_PER_MB = 1_000_000;

/** Below this DuckDB fails on trivial queries: each operator takes a few blocks of 256 KiB. */
export const LANE_MEMORY_BYTES_MIN = 32 * BYTES_PER_MB;

export type LaneDatabase = {
  /** Each connection has its own temporary tables and variables. */
  connect(): Promise<DuckDBConnection>;
  close(): void;
};

export type LaneDatabaseOptions = {
  /** The only folder that statements may read and write, unless `sealed`. */
  folder: string;
  memoryMaxBytes: number;
  /** Runs before the database is confined; it is then confined to nothing at all, not even `folder`. */
  prepareSealed?: (connection: DuckDBConnection) => Promise<void>;
};

/**
 * A DuckDB in memory with one thread, confined to its folder: the SQL that will run on it is a user's.
 * Errors: INTERNAL when the build lacks an extension.
 */
export async function openLaneDatabase(options: LaneDatabaseOptions): Promise<LaneDatabase> {
  const spillFolder = join(options.folder, 'spill');
  mkdirSync(spillFolder, { recursive: true });
  const memoryMb = Math.floor(Math.max(options.memoryMaxBytes, LANE_MEMORY_BYTES_MIN) / BYTES_PER_MB);
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '1',
    memory_limit: `${memoryMb}MB`,
    temp_directory: spillFolder,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    preserve_insertion_order: 'true',
    ...INDEX_SETTINGS,
    ...PARTITION_SETTINGS,
    allowed_configs: `[${LOOKUP_SETTING}]`,
  });
  try {
    const connection = await instance.connect();
    await checkExtensions(connection);
    await connection.run("SET GLOBAL TimeZone = 'UTC'");
    if (options.prepareSealed) await options.prepareSealed(connection);
    const allowed = options.prepareSealed ? '[]' : `[${quoteText(`${options.folder}/`)}]`;
    await connection.run(
      `SET allowed_directories = ${allowed}; SET enable_external_access = false; SET lock_configuration = true`,
    );
    connection.closeSync();
  } catch (error) {
    instance.closeSync();
    throw error;
  }
  return { connect: () => instance.connect(), close: () => instance.closeSync() };
}

async function checkExtensions(connection: DuckDBConnection): Promise<void> {
  const reader = await connection.runAndReadAll('SELECT extension_name FROM duckdb_extensions() WHERE loaded');
  const loaded = new Set(reader.getRowsJson().map(([name]) => String(name)));
  const missing = EXTENSIONS_NEEDED.filter((name) => !loaded.has(name));
  if (missing.length > 0) throw new MillraceError('INTERNAL', `DuckDB was built without ${missing.join(', ')}.`);
}
