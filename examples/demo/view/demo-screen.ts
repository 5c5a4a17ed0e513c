import {
  EMPTY_VIEW,
  foldWatch,
  openLivePanel,
  type Style,
  taskEventLine,
  truncate,
  type WatchView,
} from '@millrace/cli/output';
import type { WatchEvent } from '@millrace/proto';
import { type DemoFacts, demoFrame, demoLine } from './demo-frame.ts';

/** What the demo shows of itself: on a terminal one panel drawn in place, elsewhere lines. */
export type DemoScreen = {
  /** A line that stays: among the news of the panel, or on its own. */
  say(line: string): void;
  /** An event of the job. */
  watch(event: WatchEvent): void;
  /** What is not in the events. */
  update(change: Partial<Omit<DemoFacts, 'news'>>): void;
  /** From now on only lines: the show is over. */
  end(): void;
};

type Terminal = { write(text: string): void; isTerminal: boolean; readonly width: number; readonly height: number };

/** Milliseconds between two frames; a batch may end every 30. */
const FRAME_MS = 150;
/** Milliseconds between two lines about progress where there is no panel. */
const LINE_MS = 2_000;
/** More than the highest screen shows. */
const NEWS_KEPT = 200;
/** The cursor stands below the panel. */
const SPARE_LINES = 1;

export function openDemoScreen(terminal: Terminal, style: Style, clock: { now(): number }): DemoScreen {
  let view: WatchView = EMPTY_VIEW;
  let facts: DemoFacts = { paid: 0, executors: [], spenders: [], news: [] };
  let open = true;
  let shownAtMs = 0;
  const panel = terminal.isTerminal ? openLivePanel(terminal) : null;

  function draw(nowMs: number): void {
    const size = { width: terminal.width, height: terminal.height - SPARE_LINES };
    // Before there is a job there is nothing to show but the news.
    const lines = view.job === null ? facts.news : demoFrame(view, facts, nowMs, size, style);
    panel?.draw(lines.slice(-size.height).map((line) => truncate(line, size.width - 1)));
    shownAtMs = nowMs;
  }

  function show(): void {
    const nowMs = clock.now();
    if (!open) return;
    if (panel && nowMs - shownAtMs >= FRAME_MS) draw(nowMs);
    else if (!panel && view.job && nowMs - shownAtMs >= LINE_MS) {
      terminal.write(`${demoLine(view, facts)}\n`);
      shownAtMs = nowMs;
    }
  }

  function say(line: string): void {
    if (!panel || !open) {
      terminal.write(`${line}\n`);
      return;
    }
    facts = { ...facts, news: [...facts.news, ...line.split('\n')].slice(-NEWS_KEPT) };
    draw(clock.now());
  }

  return {
    say,
    watch(event) {
      view = foldWatch(view, event);
      if (event.task) say(taskEventLine(event.task, style));
      show();
    },
    update(change) {
      facts = { ...facts, ...change };
      show();
    },
    end() {
      if (panel && open) draw(clock.now());
      open = false;
    },
  };
}
