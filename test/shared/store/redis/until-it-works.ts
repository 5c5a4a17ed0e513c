/** As a driver would: asks again while the store is away. The test's own time limit ends it. */
export async function untilItWorks(step: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await step();
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== 'STORE_UNAVAILABLE') throw error;
    }
  }
}
