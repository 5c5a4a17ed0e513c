export * from './clock.ts';
export * from './phase-timer.ts';
