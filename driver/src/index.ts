export type { DriverOptions, ListenAddress } from './driver-options.ts';
export { runDriver } from './run-driver.ts';
export { type Driver, type DriverDependencies, startDriver } from './start-driver.ts';
