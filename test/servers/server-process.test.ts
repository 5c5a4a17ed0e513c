import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

/** Polls of a fact that the kernel makes true; 20 ms apart, 10 s at most. */
async function eventually(fact: () => boolean): Promise<boolean> {
  for (let asked = 0; asked < 500; asked += 1) {
    if (fact()) return true;
    await delay(20);
  }
  return false;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const PARENT = `
const { startServerProcess } = await import(process.argv[1]);
const folder = process.argv[2];
const server = await startServerProcess({
  command: process.execPath, args: ['-e', 'setInterval(() => {}, 1e6)'], cwd: folder, logPath: folder + '/log', folder,
});
console.log(server.pid);
setInterval(() => {}, 1e6);
`;

for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
  test(`a server and its folder go when its parent dies of ${signal}`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-orphan-'));
    const source = new URL('./server-process.ts', import.meta.url).href;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', PARENT, source, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [printed] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(printed.toString());
    assert.ok(isAlive(pid));
    parent.kill(signal);
    assert.ok(await eventually(() => !isAlive(pid)), 'the server outlived its parent');
    assert.ok(await eventually(() => !existsSync(folder)), 'the folder was left behind');
  });
}
