import { KEY_HASH_COLUMN } from '@millrace/shared/plan';
import { quoteName } from '../compute/sql-text.ts';
import { INDEXED_KEYS_SHARE } from './index-decision.ts';

// DuckDB uses an index in a join by turning the keys of the smaller side into an IN filter on the larger one, up to so many keys.

/** DuckDB's own: too few for a batch, and enough where nothing is indexed, because making the filter costs 0.2 µs a key. */
export const LOOKUP_KEYS_DEFAULT = 50;

/** The setting that lanes may change although their configuration is locked. */
export const LOOKUP_SETTING = 'dynamic_or_filter_threshold';

/** For a scan of how much of a table DuckDB prefers its index, and for how many rows in any case. */
export const INDEX_SETTINGS = { index_scan_percentage: String(INDEXED_KEYS_SHARE), index_scan_max_count: '100' };

const indexOf = (table: string): string => quoteName(`${table}_by_key`);

export const buildIndex = (table: string): string =>
  `CREATE INDEX ${indexOf(table)} ON ${quoteName(table)} (${KEY_HASH_COLUMN})`;

export const dropIndex = (table: string): string => `DROP INDEX ${indexOf(table)}`;

export const allowLookups = (keysMax: number): string => `SET ${LOOKUP_SETTING} = ${keysMax}`;

/** How many keys are looked up by an index of so many rows: a power of two, so that it changes seldom. */
export const lookupKeysOf = (rows: number): number =>
  2 ** Math.max(0, Math.floor(Math.log2(rows * INDEXED_KEYS_SHARE)));
