import { spawn } from 'node:child_process';

export type Step = { name: string; command: string; args: readonly string[]; env?: NodeJS.ProcessEnv };

/** Runs a step to its end; one line when it passes, all it said when it fails. Resolves to whether it passed. */
export async function runStep({ name, command, args, env }: Step, cwd: string): Promise<boolean> {
  const startedMs = performance.now();
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
  const passed = await new Promise<boolean>((resolve) => {
    child.once('error', (error) => {
      output.push(Buffer.from(error.message));
      resolve(false);
    });
    child.once('close', (code) => resolve(code === 0));
  });
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  if (!passed) console.log(Buffer.concat(output).toString());
  console.log(`${passed ? '✔' : '✖'} ${name} (${seconds} s)`);
  return passed;
}
