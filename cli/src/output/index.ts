// What a terminal program of this repository shows things with.
export { phaseText } from './job-description.ts';
export { hasEnded, paintStatus } from './job-status.ts';
export { openLivePanel } from './live-panel.ts';
export { count, duration, instant, rate, shortCount, size } from './quantities.ts';
export { sparkline } from './sparkline.ts';
export { PLAIN, type Style, styleFor } from './style.ts';
export { renderTable, truncate, visibleLength } from './table.ts';
export { batchRate, EMPTY_VIEW, foldWatch, taskEventLine, type WatchView, watchPanel } from './watch-view.ts';
