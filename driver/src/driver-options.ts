import type { LogLevel } from '@millrace/shared/logging';

export type ListenAddress = { host: string; port: number };

/** What a driver process is told. The command line makes it from flags and environment. */
export type DriverOptions = {
  listen: ListenAddress;
  /** host:port that other drivers reach it at; by default where it listens. */
  advertise?: string | undefined;
  health: ListenAddress;
  /** redis:// or rediss:// URL. */
  store: string;
  namespace: string;
  /** Replicas of the store that every write waits for. */
  storeReplicas: number;
  /** Below it lie the files of tables that specs may let this driver read; undefined: none. */
  tables?: string | undefined;
  logLevel: LogLevel;
};
