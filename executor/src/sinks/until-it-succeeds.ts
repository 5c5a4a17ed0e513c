/** `step` as it is asked for: once, or again after it has failed. All who ask meanwhile share one call. */
export function untilItSucceeds<Result>(step: () => Promise<Result>): () => Promise<Result> {
  let running: Promise<Result> | null = null;
  return () => {
    running ??= step().catch((error: unknown) => {
      running = null;
      throw error;
    });
    return running;
  };
}
