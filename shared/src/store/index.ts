export type * from './blob-store.ts';
export type * from './commit-store.ts';
export * from './records.ts';
