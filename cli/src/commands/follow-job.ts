import type { Failure, WatchEvent } from '@millrace/proto';
import { fromFailure } from '@millrace/shared/errors';
import type { CliContext, CommonOptions } from '../cli-context.ts';
import type { ControlClient } from '../driver-client/driver-client.ts';
import { type WatchStep, watchJob } from '../driver-client/watch-job.ts';
import { EXIT, type ExitCode } from '../failures/exit-code.ts';
import { renderFailure } from '../failures/render-failure.ts';
import { iso, jobJson, progressJson } from '../output/job-json.ts';
import { hasEnded, paintStatus } from '../output/job-status.ts';
import { openLivePanel } from '../output/live-panel.ts';
import { type Style, styleFor } from '../output/style.ts';
import { EMPTY_VIEW, foldWatch, taskEventLine, watchLine, watchPanel } from '../output/watch-view.ts';

/** Shows what it is told, in one of three forms: a live panel, lines of text, or NDJSON. */
type Presenter = { show(step: WatchStep): void };

/**
 * Shows a job's progress until it ends or the user leaves. A job that fails makes the exit code 1; leaving does not
 * touch the job and is no failure.
 */
export async function followJob(
  context: CliContext,
  options: CommonOptions,
  client: ControlClient,
  jobId: string,
): Promise<ExitCode> {
  const style = styleFor(context.stdout, context.env);
  const presenter = choosePresenter(context, options, style);
  for await (const step of watchJob(context, client, jobId)) {
    presenter.show(step);
    const job = step.kind === 'event' ? step.event.job : null;
    if (job && hasEnded(job.status)) return ended(context, options, job.status, job.failure);
  }
  if (!options.json) context.stderr.write(`\nleft; the job goes on. \`millrace watch ${jobId}\` comes back to it\n`);
  return EXIT.ok;
}

function ended(context: CliContext, options: CommonOptions, status: string, failure: Failure | null): ExitCode {
  if (status !== 'failed') return EXIT.ok;
  if (failure && !options.json) {
    context.stderr.write(renderFailure(fromFailure(failure), styleFor(context.stderr, context.env), options.verbose));
  }
  return EXIT.failure;
}

function choosePresenter(context: CliContext, options: CommonOptions, style: Style): Presenter {
  if (options.json) return jsonPresenter(context);
  return context.stdout.isTerminal ? livePresenter(context, style) : linePresenter(context, style);
}

function jsonPresenter({ stdout }: CliContext): Presenter {
  const line = (value: unknown) => stdout.write(`${JSON.stringify(value)}\n`);
  let status = '';
  return {
    show(step) {
      if (step.kind !== 'event') return line({ type: step.kind });
      const { job, progress, sinkText, task } = step.event;
      if (job && job.status !== status) {
        ({ status } = job);
        line({ type: 'status', ...jobJson(job) });
      }
      if (progress) line({ type: 'batch', ...progressJson(progress) });
      if (sinkText !== '') line({ type: 'sink', text: sinkText });
      if (task) line({ type: 'task', kind: task.kind, text: task.text, at: iso(task.atMs) });
    },
  };
}

function linePresenter({ stdout }: CliContext, style: Style): Presenter {
  let status = '';
  const line = (text: string) => stdout.write(`${text}\n`);
  return {
    show(step) {
      if (step.kind !== 'event') return line(connectionLine(step, style));
      const { job, progress, sinkText, task } = step.event;
      if (job && job.status !== status) {
        status = job.status;
        line(`${style.bold(job.jobId)} is ${paintStatus(status, style)}${reason(job.failure, status)}`);
      }
      if (task) line(taskEventLine(task, style));
      if (progress) line(watchLine(progress, style));
      if (sinkText !== '') line(sinkText.trimEnd());
    },
  };
}

/** Lines left free, so that the panel's last line is not the terminal's. */
const SPARE_LINES = 2;

function livePresenter({ stdout, clock }: CliContext, style: Style): Presenter {
  const panel = openLivePanel(stdout);
  let view = EMPTY_VIEW;
  return {
    show(step) {
      if (step.kind !== 'event') return panel.log(connectionLine(step, style));
      const event: WatchEvent = step.event;
      view = foldWatch(view, event);
      if (event.task) panel.log(taskEventLine(event.task, style));
      panel.draw(watchPanel(view, clock.now(), { width: stdout.width, height: stdout.height - SPARE_LINES }, style));
    },
  };
}

function connectionLine(step: Exclude<WatchStep, { kind: 'event' }>, style: Style): string {
  switch (step.kind) {
    case 'disconnected':
      return style.yellow(`connection lost (${step.error.message}); asking again`);
    case 'reconnected':
      return style.green('the driver is back');
  }
}

/** A job that restarts says why; one that failed says so at the end, whole. */
function reason(failure: Failure | null, status: string): string {
  return failure && status === 'restarting' ? `: ${failure.message.split('\n')[0]}` : '';
}
