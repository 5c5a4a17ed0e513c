export * from './clock.ts';
export * from './phase-timer.ts';
export * from './within.ts';
