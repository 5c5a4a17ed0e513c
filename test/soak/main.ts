// `npm run soak`: a ledger through three jobs, while everything that can be is killed, paused and restarted.
import { announce } from '../servers/announce.ts';
import { createFaultScript, type FaultScript } from './fault-script.ts';
import { runSoak } from './run-soak.ts';
import { prepareSoak, type Soak } from './soak.ts';
import { type SoakCluster, startSoakCluster } from './soak-cluster.ts';
import { parseSoakOptions, type SoakOptions, USAGE } from './soak-options.ts';
import { endText, executorMemory, progressLine, summary } from './soak-report.ts';

const PROGRESS_EVERY_MS = 5_000;

async function main(options: SoakOptions): Promise<number> {
  announce(`seed ${options.seed}: starting Kafka, Redis, two drivers and executors`);
  const cluster = await startSoakCluster();
  const script = createFaultScript(cluster.clock, announce);
  const over = new AbortController();
  try {
    const soak = await prepareSoak(cluster, options.seed, over.signal, script.tell);
    const progress = setInterval(() => announce(progressLine(soak, script.elapsed())), PROGRESS_EVERY_MS);
    const isKept = await judge(soak, options, script, over.signal).finally(() => clearInterval(progress));
    soak.redis.disconnect();
    return isKept ? 0 : 1;
  } finally {
    over.abort();
    await cluster.close();
  }
}

/** Runs it and prints the verdict: whether every promise was kept. */
async function judge(soak: Soak, { minutes, seed }: SoakOptions, script: FaultScript, signal: AbortSignal) {
  const run = `seed ${seed}, ${minutes} minutes of faults`;
  try {
    const end = await runSoak(soak, minutes * 60_000, signal);
    for (const line of summary(soak, await executorMemory(soak))) console.log(line);
    console.log(endText(end));
    console.log(`VERDICT: every promise kept (${run})`);
    return true;
  } catch (error) {
    showLogs(soak.cluster);
    console.log(`--- faults\n${script.lines.join('\n')}`);
    for (const line of summary(soak, await executorMemory(soak))) console.log(line);
    console.log(`${script.elapsed()}: ${error instanceof Error ? error.message : error}`);
    console.log(`VERDICT: a promise was broken (${run})`);
    return false;
  }
}

function showLogs({ drivers, executors, kafkaServer }: SoakCluster): void {
  const broker = { name: 'Kafka', text: kafkaServer.logTail() };
  const logs = [broker, ...drivers.map((slot) => ({ name: slot.name, text: slot.log() })), ...executors.logs()];
  for (const { name, text } of logs) console.log(`--- the end of ${name}'s log\n${text}`);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1));

try {
  const options = parseSoakOptions(process.argv.slice(2));
  if (options === 'help') console.log(USAGE);
  // What a broken run has still under way must not hold the end up; its processes end with this one.
  else process.exit(await main(options));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
