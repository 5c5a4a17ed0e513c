/** Stands for state that nothing was ever written to. */
export const EMPTY_VERSION = '';

/** What a lane holds of one operator's state for one slice. A version is the name of the last blob it includes. */
export type HeldState = {
  /** Null until the table is built. */
  adopted: string | null;
  /** Computed on top of `adopted`, not yet known to be committed. */
  pending: readonly string[];
};

export type StateResolution =
  | { kind: 'ready' }
  /** The batch that wrote this pending version was committed: merge it, drop its rivals. */
  | { kind: 'adopt'; name: string }
  | { kind: 'startEmpty' }
  /** Neither held nor derivable here. */
  | { kind: 'restore' };

/** The version that a list of committed blobs, oldest first, stands for. */
export function wantedVersion(blobs: readonly string[]): string {
  return blobs.at(-1) ?? EMPTY_VERSION;
}

/** How to get from what is held to the committed version `wanted`. */
export function resolveState(held: HeldState, wanted: string): StateResolution {
  if (held.adopted === wanted) return { kind: 'ready' };
  if (wanted === EMPTY_VERSION) return { kind: 'startEmpty' };
  if (held.adopted !== null && held.pending.includes(wanted)) return { kind: 'adopt', name: wanted };
  return { kind: 'restore' };
}
