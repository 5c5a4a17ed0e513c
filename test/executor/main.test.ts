import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { sharedServers } from '../servers/index.ts';

const MAIN = pathToFileURL(join(import.meta.dirname, '../../executor/src/main.ts')).href;

test('an executor process runs without its driver, drains on SIGTERM, exits with 0 and leaves no files', async (t) => {
  const { redisUrl } = await sharedServers();
  const scratch = await mkdtemp(join(tmpdir(), 'millrace-main-'));
  t.after(() => rm(scratch, { recursive: true, force: true }));
  const input = JSON.stringify({ driver: '127.0.0.1:9', id: 'e', lanes: 1, scratch, store: redisUrl });
  const code = `const { runExecutor } = await import('${MAIN}'); process.exitCode = await runExecutor(${input});`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const exited = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) {
    if ((JSON.parse(line) as { msg: string }).msg === 'executor started') break;
  }
  assert.equal((await readdir(join(scratch, 'millrace-e'))).length, 1);
  child.kill('SIGTERM');
  assert.deepEqual(await exited, [0, null]);
  assert.deepEqual(await readdir(scratch), []);
});
