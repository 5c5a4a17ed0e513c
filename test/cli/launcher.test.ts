import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { sharedServers } from '../servers/index.ts';

const LAUNCHER = fileURLToPath(new URL('../../cli/bin/millrace.js', import.meta.url));

type Line = Record<string, unknown>;

/** `millrace` as a process of its own; it is gone when the test is. */
function launch(t: TestContext, args: readonly string[], env: Record<string, string> = {}): ChildProcess {
  const child = spawn(process.execPath, [LAUNCHER, ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  return child;
}

/** The first log line with this message; fails when the process ends before it. */
async function logLine(child: ChildProcess, message: string): Promise<Line> {
  for await (const text of createInterface({ input: child.stdout! })) {
    const line = JSON.parse(text) as Line;
    if (line.msg === message) {
      child.stdout!.resume();
      return line;
    }
  }
  throw new Error(`no line '${message}' before the process ended`);
}

test('a driver and an executor start, keep their process id, are ready, and leave on SIGTERM', async (t) => {
  const { redisUrl } = await sharedServers();
  const common = { MILLRACE_STORE: redisUrl, MILLRACE_NAMESPACE: `launcher-${process.pid}` };
  const driver = launch(t, ['driver', '--listen', '127.0.0.1:0', '--health', '127.0.0.1:0'], common);
  const started = await logLine(driver, 'driver is ready');
  assert.equal(started.pid, driver.pid);
  const health = `http://127.0.0.1:${String(started.health)}`;
  assert.equal((await fetch(`${health}/healthz`)).status, 200);
  assert.match(await (await fetch(`${health}/metrics`)).text(), /role="driver"/);

  const executor = launch(t, ['executor', '--driver', String(started.listen), '--lanes', '3'], common);
  assert.equal((await logLine(executor, 'registered')).pid, executor.pid);
  const environment = readFileSync(`/proc/${executor.pid}/environ`, 'utf8').split('\0');
  assert.ok(environment.includes('UV_THREADPOOL_SIZE=7'), 'the pool is sized before Node starts');

  for (const role of [executor, driver]) {
    role.kill('SIGTERM');
    const [code] = (await once(role, 'exit')) as [number | null];
    assert.equal(code, 0);
  }
});

test('the launcher passes on what the command writes and its exit code', async (t) => {
  const child = launch(t, ['version', '--json']);
  const chunks = await child.stdout!.toArray();
  assert.deepEqual(Object.keys(JSON.parse(Buffer.concat(chunks).toString()) as object), ['millrace', 'node']);
  const wrong = launch(t, ['completion', 'tcsh']);
  assert.equal(((await once(wrong, 'exit')) as [number])[0], 2);
});
