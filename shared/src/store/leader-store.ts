/** A driver that may lead. */
export type Candidate = {
  /** New at each start of the process. */
  incarnation: string;
  /** host:port where commands and executors reach it. */
  address: string;
  /**
   * Machine and port it listens on. Two processes cannot listen there at once, so whoever comes second knows that the
   * first is gone and need not wait for its lease to run out.
   */
  seat: string;
};

export type Leader = Candidate & {
  /** Counts the changes of leadership, for logs. It fences nothing: driver epochs do, job by job. */
  term: number;
};

/**
 * Who leads the drivers that share a store. Safety does not hang on it, only peace: without it drivers would take jobs
 * from each other. Leases run by the store's clock, so no driver's clock matters. Errors: STORE_UNAVAILABLE.
 */
export type LeaderStore = {
  /** Takes the lease if nobody else holds it, or renews our own. Gives the leader there is then. */
  lead(candidate: Candidate, leaseMs: number): Promise<Leader>;
  /** Gives the lease back, if it is still ours. */
  resign(incarnation: string): Promise<void>;
};
