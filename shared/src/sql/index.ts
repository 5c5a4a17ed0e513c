export { KEY_HINT, keyFault, rowFault } from './check-tables.ts';
export * from './compile-job.ts';
export * from './compile-spec-text.ts';
export * from './duckdb-frontend.ts';
export * from './explain-plan.ts';
export type * from './frontend.ts';
export { parquetRows } from './parquet-rows.ts';
export * from './plan-graph.ts';
export { sourceColumn } from './source-columns.ts';
