export * from './job-plan.ts';
export * from './key-hash.ts';
