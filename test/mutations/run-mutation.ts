import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { MUTATION_VARIABLE, type SourceChange } from './apply-mutation.ts';
import type { Mutation } from './mutation.ts';

/** Who noticed: an oracle of the simulation, or a test. Null: nobody. */
export type Catcher = string | null;

const PRELOAD = new URL('apply-mutation.ts', import.meta.url).href;

/** Runs the check of a mutation on sources that are changed while they are loaded. */
export async function runMutation(root: string, { file, text, replacement, check }: Mutation): Promise<Catcher> {
  const change: SourceChange = { path: join(root, file), text, replacement };
  const checking =
    'seeds' in check ? ['test/sim/main.ts', '--seeds', String(check.seeds), '--until-broken'] : ['--test', check.test];
  const { code, output } = await run(root, ['--import', PRELOAD, ...checking], change);
  if (output.includes('does not hold this text once')) throw new Error(output);
  if (code === 0) return null;
  return 'seeds' in check ? `simulation: ${oracleIn(output)}` : `${check.test}: ${testIn(output)}`;
}

function run(root: string, args: string[], change: SourceChange): Promise<{ code: number; output: string }> {
  const env = { ...process.env, [MUTATION_VARIABLE]: JSON.stringify(change) };
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

function oracleIn(output: string): string {
  const [, oracle] = /^✖ seed \d+: ([^:]+):/m.exec(output) ?? [];
  if (oracle) return oracle;
  throw new Error(`the simulation did not run:\n${output}`);
}

function testIn(output: string): string {
  const [, name] = /^\s*(?:✖|not ok \d+ -) (.+?)(?: \([\d.]+ms\))?$/m.exec(output) ?? [];
  if (name) return name;
  throw new Error(`the tests did not run:\n${output}`);
}
