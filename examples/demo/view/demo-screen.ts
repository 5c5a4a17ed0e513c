import {
  count,
  EMPTY_VIEW,
  foldWatch,
  openLivePanel,
  rate,
  renderTable,
  type Style,
  shortCount,
  taskEventLine,
  truncate,
  type WatchView,
  watchPanel,
} from '@millrace/cli/output';
import type { ExecutorSummary, WatchEvent } from '@millrace/proto';

/** What the demo shows of itself: on a terminal one panel drawn in place, elsewhere lines. */
export type DemoScreen = {
  /** A line that stays. */
  say(line: string): void;
  /** An event of the job. */
  watch(event: WatchEvent): void;
  /** What is not in the events. */
  update(change: Partial<DemoFacts>): void;
  /** From now on only lines: the show is over. */
  end(): void;
};

export type DemoFacts = {
  paid: number;
  executors: readonly ExecutorSummary[];
  /** Of the newest windows, as the job's state has them: the users who spent most. */
  spenders: readonly (readonly string[])[];
};

type Terminal = { write(text: string): void; isTerminal: boolean; width: number; height: number };

/** Milliseconds between two frames; a batch may end every 30. */
const FRAME_MS = 150;
/** Milliseconds between two lines about progress where there is no panel. */
const LINE_MS = 2_000;

export function openDemoScreen(terminal: Terminal, style: Style, clock: { now(): number }): DemoScreen {
  let view: WatchView = EMPTY_VIEW;
  let facts: DemoFacts = { paid: 0, executors: [], spenders: [] };
  let open = true;
  let shownAtMs = 0;
  const panel = terminal.isTerminal ? openLivePanel(terminal) : null;
  const say = (line: string) =>
    panel && open ? panel.log(truncate(line, terminal.width - 1)) : terminal.write(`${line}\n`);

  function show(): void {
    const nowMs = clock.now();
    if (!open) return;
    if (panel && nowMs - shownAtMs >= FRAME_MS) {
      panel.draw(frame(view, facts, nowMs, terminal, style));
      shownAtMs = nowMs;
    } else if (!panel && view.job && nowMs - shownAtMs >= LINE_MS) {
      say(progressLine(view, facts));
      shownAtMs = nowMs;
    }
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
      if (panel && open) panel.draw(frame(view, facts, clock.now(), terminal, style));
      open = false;
    },
  };
}

function frame(view: WatchView, facts: DemoFacts, nowMs: number, { width, height }: Terminal, style: Style): string[] {
  const executors = renderTable(
    [
      { title: 'EXECUTOR' },
      { title: 'STATUS' },
      { title: 'TASKS', align: 'right' },
      { title: 'FAILED', align: 'right' },
    ],
    facts.executors.map((executor) => [
      executor.executorId,
      executor.status === 'alive' ? style.green('alive') : style.red(executor.status),
      count(executor.tasksDone),
      count(executor.tasksFailed),
    ]),
    style,
  );
  const spenders = renderTable(
    [
      { title: 'LATEST WINDOW' },
      { title: 'USER' },
      { title: 'PAYMENTS', align: 'right' },
      { title: 'TOTAL', align: 'right' },
    ],
    facts.spenders,
    style,
  );
  const lines = [
    '',
    ...watchPanel(view, nowMs, { width, height }, style),
    `${style.dim('payments made')}  ${count(facts.paid)}`,
    '',
    ...executors.trimEnd().split('\n'),
    '',
    ...(facts.spenders.length > 0 ? spenders.trimEnd().split('\n') : []),
  ];
  return lines.slice(0, Math.max(1, height - 2)).map((line) => truncate(line, width - 1));
}

function progressLine({ job, progress }: WatchView, { paid, executors }: DemoFacts): string {
  const alive = executors.filter(({ status }) => status === 'alive').length;
  const speed = rate(job?.recordsPerSecond ?? 0);
  const parts = [
    `batch ${progress?.batchId ?? -1}`,
    `${shortCount(paid)} payments made`,
    speed,
    `lag ${count(job?.lagRecords ?? 0)}`,
  ];
  return `  ${[...parts, `${alive} executors`].join('  ')}`;
}
