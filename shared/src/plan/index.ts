export * from './growth-text.ts';
export * from './job-plan.ts';
export * from './key-hash.ts';
export * from './load-table.ts';
export * from './parquet-form.ts';
export type * from './plan-notes.ts';
export * from './row-bytes.ts';
export * from './stage-graph.ts';
export * from './state-outcome.ts';
