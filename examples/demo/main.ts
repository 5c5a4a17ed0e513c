// npm run demo: a whole cluster on this machine, a job, the death of an executor, and the proof that nothing was lost.

import { PLAIN, styleFor } from '@millrace/cli/output';
import { systemClock } from '@millrace/shared/clock';
import { MillraceError } from '@millrace/shared/errors';
import { createServerFolder, removeServerFolder } from '@millrace/test/servers';
import { type DemoCluster, startDemoCluster } from './cluster/demo-cluster.ts';
import { type DemoOptions, parseDemoOptions, USAGE } from './demo-options.ts';
import { type Outcome, runShow } from './show.ts';
import { openDemoScreen } from './view/demo-screen.ts';

async function main(): Promise<number> {
  const options = parseDemoOptions(process.argv.slice(2));
  if (options === null) {
    console.log(USAGE);
    return 0;
  }
  const interrupt = new AbortController();
  process.once('SIGINT', () => interrupt.abort(new Error('interrupted')));
  process.once('SIGTERM', () => interrupt.abort(new Error('terminated')));
  return await play(options, interrupt.signal);
}

async function play(options: DemoOptions, interrupted: AbortSignal): Promise<number> {
  const output = {
    isTerminal: process.stdout.isTTY === true && !options.plain,
    width: process.stdout.columns ?? 80,
    height: process.stdout.rows ?? 24,
    write: (text: string) => void process.stdout.write(text),
  };
  const style = output.isTerminal ? styleFor(output, process.env) : PLAIN;
  const screen = openDemoScreen(output, style, systemClock);
  const folder = createServerFolder('demo');
  const over = new AbortController();
  const signal = AbortSignal.any([interrupted, over.signal]);
  let cluster: DemoCluster | null = null;
  try {
    cluster = await startDemoCluster({ lanes: options.lanes, clock: systemClock, say: screen.say });
    const outcome = await runShow({ cluster, screen, clock: systemClock, options, folder, signal });
    const code = report(outcome, screen.say);
    if (options.keep) {
      screen.say(`everything stays up until Ctrl-C: millrace jobs --driver ${cluster.driverAddress}`);
      await new Promise((resolve) => interrupted.addEventListener('abort', resolve, { once: true }));
    }
    return code;
  } catch (error) {
    screen.end();
    if (interrupted.aborted) return 130;
    screen.say(`the demo failed: ${error instanceof Error ? error.message : String(error)}`);
    if (cluster) screen.say(cluster.obituaries());
    return 1;
  } finally {
    over.abort(new Error('the demo is over'));
    await cluster?.stop();
    removeServerFolder(folder);
  }
}

function report({ verdict, retries, lateRows }: Outcome, say: (line: string) => void): number {
  const { payments, groups, updates, missing, surplus, sample } = verdict;
  const n = (value: number) => value.toLocaleString('en');
  say(
    `${n(payments)} payments, ${n(groups)} rows of truth, ${n(updates)} updates in the sink topic, ${n(retries)} tasks retried`,
  );
  if (missing + surplus === 0 && groups > 0) {
    say(`VERDICT: equal. Every user, window, count and cent is there exactly once.`);
    return 0;
  }
  say(
    `VERDICT: different. ${n(missing)} rows are missing, ${n(surplus)} are wrong (${n(lateRows)} payments came late).`,
  );
  for (const line of sample) say(`  ${line}`);
  return 1;
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof MillraceError ? `${error.message}\n${error.hint}` : error);
  return 2;
});
