import { atLeastOnce } from './at-least-once.ts';
import { contiguousOffsets } from './contiguous-offsets.ts';
import { exactlyOnce } from './exactly-once.ts';
import { monotonicWatermark } from './monotonic-watermark.ts';
import { noFailure } from './no-failure.ts';
import { oneWriter } from './one-writer.ts';
import type { Oracle } from './oracle.ts';
import { outputInOrder } from './output-in-order.ts';
import { progress } from './progress.ts';
import { publishedBeforeNext } from './published-before-next.ts';
import { stateEqualsReplay } from './state-equals-replay.ts';

/** Safety first; progress is judged at the end. */
export const ORACLES: readonly Oracle[] = [
  ...[oneWriter, contiguousOffsets, monotonicWatermark, publishedBeforeNext],
  ...[stateEqualsReplay, exactlyOnce, outputInOrder, atLeastOnce, noFailure, progress],
];
