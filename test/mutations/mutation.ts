/** A guard of the protocol, and what the sources look like without it. */
export type Mutation = {
  /** The guard, as docs/mutations.md names it. */
  guard: string;
  /** From the root of the repository: TypeScript or Lua. */
  file: string;
  /** Occurs once in the file. */
  text: string;
  replacement: string;
  /** What is wrong then, in words. */
  without: string;
  /** The narrowest check that must fail: seeds of the simulation, or a test file. */
  check: { seeds: number } | { test: string };
};
