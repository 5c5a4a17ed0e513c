import type { LaneTask } from '../lanes/messages.ts';

/** What a task works on, ready for the lane. */
export type StageInput = {
  lane: LaneTask['input'];
  /** Buffers that go over to the lane for good. */
  transfer: ArrayBuffer[];
  /** Frees memory budget and files, once the lane is done with them. */
  release(): Promise<void>;
};
