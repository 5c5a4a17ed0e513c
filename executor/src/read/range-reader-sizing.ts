/** How large Fetch requests and tasks are going to be, learned per topic from what was read before. */
export type FetchSizing = {
  /** Estimated bytes of so many records, as they lie in the log (compressed). */
  estimate(topic: string, records: number): number;
  learn(topic: string, records: number, bytes: number): void;
};

/** Before anything is known of a topic: a JSON event of ordinary size. */
const RECORD_BYTES_GUESS = 200;
/** Weight of the newest sample; a few ranges are enough to follow a topic that changes. */
const LEARN_WEIGHT = 0.3;
/** Below so many records, headers dominate and the sample says little. */
const SAMPLE_RECORDS_MIN = 100;

export function createFetchSizing(): FetchSizing {
  const recordBytes = new Map<string, number>();
  return {
    estimate: (topic, records) => Math.ceil(records * (recordBytes.get(topic) ?? RECORD_BYTES_GUESS)),
    learn: (topic, records, bytes) => {
      if (records < SAMPLE_RECORDS_MIN) return;
      const sample = bytes / records;
      const known = recordBytes.get(topic);
      recordBytes.set(topic, known === undefined ? sample : known + (sample - known) * LEARN_WEIGHT);
    },
  };
}
