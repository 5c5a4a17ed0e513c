/** What the transactional ids of one sink of one job look like, so that they can be told from all others. */
export type TransactionalIds = {
  prefix: string;
  /** Of the executor incarnation's `index`th writer. */
  ofWriter(incarnation: string, index: number): string;
  /** The incarnation that an id of this sink belongs to; null when it is no writer's. */
  incarnationOf(transactionalId: string): string | null;
  /** The group that keeps the sink's marker. */
  group: string;
};

/**
 * `submittedMs` tells a job from an earlier one of the same name, and from one of another store. No part holds a slash, so
 * no sink's prefix is the beginning of another's.
 */
export function transactionalIds(job: { jobId: string; submittedMs: number }, sink: string): TransactionalIds {
  const prefix = `millrace/${job.jobId}/${job.submittedMs}/${sink}/`;
  return {
    prefix,
    ofWriter: (incarnation, index) => `${prefix}writer/${incarnation}/${index}`,
    incarnationOf: (id) => id.slice(prefix.length).split('/')[1] ?? null,
    group: `${prefix}marker`,
  };
}
