export * from './job-plan.ts';
export * from './key-hash.ts';
export * from './load-table.ts';
export * from './parquet-form.ts';
export * from './stage-graph.ts';
