import type { Output } from '../cli-context.ts';

/** A block of lines at the bottom of a terminal that is drawn anew in place, and lines that scroll away above it. */
export type LivePanel = {
  draw(lines: readonly string[]): void;
  /** A line that stays. */
  log(line: string): void;
};

const CLEAR_BELOW = '\u001b[J';
const up = (lines: number) => (lines === 0 ? '' : `\u001b[${lines}A`);
// Terminals that know it show a frame at once instead of line by line; others ignore it.
const FRAME_START = '\u001b[?2026h';
const FRAME_END = '\u001b[?2026l';

/** `output` is a terminal. The caller keeps lines shorter than its width: a wrapped line would be counted as one. */
export function openLivePanel(output: Output): LivePanel {
  let shown: readonly string[] = [];
  const repaint = (above: string, lines: readonly string[]) => {
    const body = lines.map((line) => `${line}\n`).join('');
    output.write(`${FRAME_START}${up(shown.length)}\r${CLEAR_BELOW}${above}${body}${FRAME_END}`);
    shown = lines;
  };
  return {
    draw: (lines) => repaint('', lines),
    log: (line) => repaint(`${line}\n`, shown),
  };
}
