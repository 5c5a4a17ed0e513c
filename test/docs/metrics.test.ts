import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { freePort } from '../servers/free-port.ts';
import { sharedServers } from '../servers/index.ts';
import { documentAt } from './documents.ts';

const LAUNCHER = fileURLToPath(new URL('../../cli/bin/millrace.js', import.meta.url));

const OURS = /^# TYPE (millrace_\w+) (\w+)$/gm;
const ROW = /^\| `(millrace_\w+)` \| (\w+) \|/gm;

/** Name and type, as `/metrics` tells them and as the page lists them. */
const pairs = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map(([, name, type]) => `${name} ${type}`).toSorted();

const listed = (role: 'Driver' | 'Executor'): string[] =>
  pairs(documentAt('docs/operations.md').split(`### ${role} metrics\n`)[1]?.split(/^##/m)[0] ?? '', ROW);

/** A role as a process of its own; resolves with the log line that says it is at work. */
async function start(t: TestContext, args: readonly string[], env: Record<string, string>, message: string) {
  const child: ChildProcess = spawn(process.execPath, [LAUNCHER, ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  for await (const text of createInterface({ input: child.stdout! })) {
    const line = JSON.parse(text) as Record<string, unknown>;
    if (line.msg !== message) continue;
    child.stdout!.resume();
    return line;
  }
  throw new Error(`${args[0]} ended before it said '${message}'`);
}

async function get(port: number, path: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  return { status: response.status, text: await response.text() };
}

test('docs/operations.md lists the metrics and health paths that both roles serve', async (t) => {
  const { redisUrl } = await sharedServers();
  const env = { MILLRACE_STORE: redisUrl, MILLRACE_NAMESPACE: `metrics-${randomUUID()}` };
  const driver = await start(
    t,
    ['driver', '--listen', '127.0.0.1:0', '--health', '127.0.0.1:0'],
    env,
    'driver is ready',
  );
  const port = await freePort();
  const address = ['--driver', String(driver.listen), '--health', `127.0.0.1:${port}`, '--lanes', '1'];
  await start(t, ['executor', ...address], env, 'registered');

  for (const [role, at] of [
    ['Driver', Number(driver.health)],
    ['Executor', port],
  ] as const) {
    const served = pairs((await get(at, '/metrics')).text, OURS);
    assert.ok(served.length > 5, role);
    assert.deepEqual(listed(role), served, role);
    for (const path of ['/healthz', '/readyz']) assert.equal((await get(at, path)).status, 200, `${role} ${path}`);
  }
});
