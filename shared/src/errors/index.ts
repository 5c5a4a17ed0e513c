export * from './failure.ts';
export * from './millrace-error.ts';
