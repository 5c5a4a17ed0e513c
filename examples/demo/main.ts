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
  return await play(options, signals(options.keep));
}

type Signals = { enough: AbortSignal; interrupted: AbortSignal };

/** A signal ends the demo at once; with `keep` the first Ctrl-C asks for the check, and the next does not wait for it. */
function signals(keep: boolean): Signals {
  const [enough, interrupt] = [new AbortController(), new AbortController()];
  process.on('SIGINT', () => (keep && !enough.signal.aborted ? enough : interrupt).abort(new Error('interrupted')));
  for (const name of ['SIGTERM', 'SIGHUP']) process.on(name, () => interrupt.abort(new Error('terminated')));
  return { enough: enough.signal, interrupted: interrupt.signal };
}

/** Connections break before the system tells that the process behind them is gone. */
const EXIT_NOTICE_MS = 300;
/** Of a terminal that does not say. */
const WIDTH_DEFAULT = 80;
const HEIGHT_DEFAULT = 24;

async function play(options: DemoOptions, { enough, interrupted }: Signals): Promise<number> {
  const output = {
    isTerminal: process.stdout.isTTY === true && !options.plain,
    get width() {
      return process.stdout.columns ?? WIDTH_DEFAULT;
    },
    get height() {
      return process.stdout.rows ?? HEIGHT_DEFAULT;
    },
    write: (text: string) => void process.stdout.write(text),
  };
  const style = output.isTerminal ? styleFor(output, process.env) : PLAIN;
  const screen = openDemoScreen(output, style, systemClock);
  enough.addEventListener('abort', () => screen.say('Ctrl-C again leaves at once'));
  interrupted.addEventListener('abort', () => screen.say('stopping …'));
  const folder = createServerFolder('demo');
  const over = new AbortController();
  const signal = AbortSignal.any([interrupted, over.signal]);
  let cluster: DemoCluster | null = null;
  try {
    cluster = await startDemoCluster({ lanes: options.lanes, clock: systemClock, say: screen.say });
    const outcome = await runShow({ cluster, screen, clock: systemClock, options, folder, enough, signal });
    return report(outcome, screen.say);
  } catch (error) {
    screen.end();
    if (interrupted.aborted) return 130;
    screen.say(`the demo failed: ${error instanceof Error ? error.message : String(error)}`);
    if (error instanceof MillraceError && error.hint !== '') screen.say(error.hint);
    if (cluster) {
      await systemClock.delay(EXIT_NOTICE_MS);
      screen.say(cluster.obituaries());
    }
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
    `${n(payments)} payments, ${n(groups)} rows of truth, ${n(updates)} updates in the sink topic, ${n(retries)} task${retries === 1 ? '' : 's'} retried`,
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
