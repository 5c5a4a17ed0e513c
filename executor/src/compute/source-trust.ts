/**
 * Whether the records of a source are likely to be read exactly. An attempt at it that fails costs as much as one that succeeds, so
 * a source in which records are often not as declared is left alone for longer and longer.
 */
export type SourceTrust = {
  /** Asked once for every task. */
  deserves(source: string): boolean;
  kept(source: string): void;
  broken(source: string): void;
};

/** Tasks in a row that are not even tried, at most. */
const PASSED_MAX = 63;

export function createSourceTrust(): SourceTrust {
  /** `passed`: tasks to pass over after the last failure, `left` of them are still to come. */
  const broken = new Map<string, { passed: number; left: number }>();
  return {
    deserves(source) {
      const known = broken.get(source);
      if (known === undefined || known.left === 0) return true;
      known.left -= 1;
      return false;
    },
    kept: (source) => void broken.delete(source),
    broken(source) {
      const passed = Math.min(PASSED_MAX, 2 * (broken.get(source)?.passed ?? 0) + 1);
      broken.set(source, { passed, left: passed });
    },
  };
}
