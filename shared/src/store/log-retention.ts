/**
 * Entries kept of the offset log and of the commit log. Recovery reads the newest of each; the rest is there for people
 * who ask what happened, and a hundred batches is as far back as anyone looks in a store that must stay small.
 */
export const LOG_ENTRIES_MAX = 100;

/**
 * The driver epoch of a deleted job is remembered so long, in days: a job of the same name goes on counting from it, so
 * that no driver paused since before the deletion can pass for the new job's. Longer than any pause worth surviving.
 */
export const DELETED_EPOCH_KEPT_DAYS = 30;
