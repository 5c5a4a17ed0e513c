// `npm run fuzz`: inputs that nobody would write, for what reads bytes and texts of strangers.
import { parseArgs } from 'node:util';
import { keepFinding, readCorpus } from './corpus.ts';
import { inputAt } from './fuzz-input.ts';
import { runFuzz } from './run-fuzz.ts';
import { TARGETS, targetModule } from './targets.ts';

const USAGE = `npm run fuzz -- [options]

Changes known inputs in ways that a seed decides, and takes them as Millrace does. Whatever crashes, hangs, takes memory without a
bound or comes out wrong is kept in test/fuzz/corpus, and tried by npm test from then on.

  --target NAME   ${TARGETS.map(({ name }) => name).join(' or ')} (one after the other)
  --minutes M     so long for each (1)
  --seed N        another seed, other inputs (1)
  --help          this text

Exit code 1: something was found.`;

const OPTIONS = {
  target: { type: 'string' },
  minutes: { type: 'string', default: '1' },
  seed: { type: 'string', default: '1' },
  help: { type: 'boolean', default: false },
} as const;

/** More are the same a few times over. */
const FINDINGS_MAX = 20;

function numberOf(name: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new Error(`--${name}: '${text}' is not a number above 0`);
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const targets = TARGETS.filter(({ name }) => values.target === undefined || values.target === name);
  if (targets.length === 0)
    throw new Error(`--target: '${values.target}' is not one of ${TARGETS.map(({ name }) => name).join(', ')}`);
  const [seed, minutes] = [numberOf('seed', values.seed), numberOf('minutes', values.minutes)];
  let found = 0;
  for (const target of targets) {
    const corpus = readCorpus(target.name).map(({ bytes }) => bytes);
    const run = { module: targetModule(target), seed, spanMs: minutes * 60_000, findingsMax: FINDINGS_MAX };
    const { inputs, findings } = await runFuzz(run);
    for (const { index, message } of findings) {
      const path = keepFinding(target.name, inputAt(target, corpus, seed, index));
      console.log(`✖ ${target.name}, seed ${seed}, input ${index}, kept as ${path}\n${message}\n`);
    }
    console.log(`${target.name}: ${inputs} inputs in ${minutes} min with seed ${seed}, ${findings.length} findings`);
    found += findings.length;
  }
  return found === 0 ? 0 : 1;
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  return 2;
});
