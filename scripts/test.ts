// `npm test`: everything that must hold before a change is taken. Arguments are parts of test paths: `npm test -- shared/sql`
// runs only the tests whose path contains one of them.
import { join, resolve } from 'node:path';
import { type SharedServers, startKafka, startRedis } from '../test/servers/index.ts';
import { runTests } from './check/run-tests.ts';
import { runStep, type Step } from './check/step.ts';
import { tallyLine, tallyOf } from './check/tally.ts';
import { needServers, selectTestFiles, testFiles } from './check/test-files.ts';

const root = resolve(import.meta.dirname, '..');

const STEPS: readonly Step[] = [
  { name: 'generated code is current', command: process.execPath, args: ['scripts/generate.ts', '--check'] },
  {
    name: 'lint, format and types',
    command: join(root, 'node_modules/.bin/turbo'),
    args: ['run', 'lint', 'typecheck', '--continue', '--ui=stream', '--output-logs=errors-only', '--log-order=grouped'],
    env: { TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1', TURBO_NO_UPDATE_NOTIFIER: '1' },
  },
];

type StartedServers = SharedServers & { stop(): Promise<void> };

async function startServers(): Promise<StartedServers> {
  const [kafka, redis] = await Promise.all([startKafka(), startRedis()]);
  const stop = async () => {
    await Promise.all([kafka.stop(), redis.stop()]);
  };
  return { kafkaBrokers: kafka.brokers, redisUrl: redis.url, stop };
}

async function testAll(filters: readonly string[]): Promise<number> {
  const failedSteps: string[] = [];
  for (const step of STEPS) {
    if (!(await runStep(step, root))) failedSteps.push(step.name);
  }
  const files = selectTestFiles(testFiles(root), filters);
  if (files.length === 0) console.log(`no test file's path contains ${filters.join(' or ')}`);
  let servers: StartedServers | undefined;
  try {
    servers = needServers(root, files) ? await startServers() : undefined;
  } catch (error) {
    console.log(error);
    failedSteps.push('start Kafka and Redis');
  }
  const env = servers && {
    MILLRACE_TEST_KAFKA: servers.kafkaBrokers.join(','),
    MILLRACE_TEST_REDIS: servers.redisUrl,
  };
  const { counts, emptyFiles } = await runTests(root, files, env ?? {});
  await servers?.stop();
  for (const path of emptyFiles) console.log(`✖ ${path} has no tests`);
  for (const name of failedSteps) console.log(`✖ step failed: ${name}`);
  const tally = tallyOf(counts, emptyFiles.length, failedSteps.length);
  if (tally.skipped > 0) console.log(`${tally.skipped} skipped`);
  console.log(tallyLine(tally));
  return tally.failed === 0 ? 0 : 1;
}

process.exitCode = await testAll(process.argv.slice(2));
