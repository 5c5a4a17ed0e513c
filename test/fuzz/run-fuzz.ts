import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FuzzNews } from './fuzz-child.ts';

const CHILD = join(import.meta.dirname, 'fuzz-child.ts');
/** An input that takes longer hangs. The largest batch there may be takes one. */
const HANG_MS = 10_000;
const LOOK_EVERY_MS = 500;
const HEAP_MB_MAX = 1_024;

export type Finding = { index: number; message: string };
export type FuzzResult = { inputs: number; findings: Finding[] };

export type FuzzRun = { module: string; seed: number; spanMs: number; findingsMax: number; hangMs?: number };

/**
 * Fuzzes in a process of its own, which may hang or die: then the input it was at is a finding, and another one goes on behind
 * it. An input follows from seed and index alone.
 */
export async function runFuzz(run: FuzzRun): Promise<FuzzResult> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-fuzz-'));
  const findings: Finding[] = [];
  const endMs = performance.now() + run.spanMs;
  let next = 0;
  try {
    while (performance.now() < endMs && findings.length < run.findingsMax) {
      next = await runChild({ ...run, spanMs: endMs - performance.now() }, next, join(folder, 'index'), findings);
    }
    return { inputs: next, findings };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Gives the index to go on from. */
function runChild(run: FuzzRun, from: number, progressFile: string, findings: Finding[]): Promise<number> {
  const args = [run.module, String(run.seed), String(from), progressFile, String(run.spanMs)];
  const execArgv = ['--expose-gc', `--max-old-space-size=${HEAP_MB_MAX}`];
  const child = fork(CHILD, args, { execArgv, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let stderr = '';
  child.stderr!.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-2_000);
  });
  let end: number | null = null;
  let hung = false;
  child.on('message', (news: FuzzNews) => {
    if (news.kind === 'end') end = news.next;
    else if (findings.push(news) >= run.findingsMax) child.kill('SIGKILL');
  });
  const stopWatching = watch(progressFile, run.hangMs ?? HANG_MS, () => {
    hung = true;
    child.kill('SIGKILL');
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      stopWatching();
      if (end !== null) return resolve(end);
      const index = indexIn(progressFile);
      if (index === null) return reject(new Error(`the fuzzing process did not begin: ${stderr}`));
      if (hung) findings.push({ index, message: 'it hangs' });
      else if (findings.length < run.findingsMax)
        findings.push({ index, message: `the process died: ${signal ?? code}\n${stderr}` });
      resolve(index + 1);
    });
  });
}

/** Calls `onHang` once the index has stood still for so long. */
function watch(progressFile: string, hangMs: number, onHang: () => void): () => void {
  let last: number | null = null;
  let sinceMs = performance.now();
  const timer = setInterval(() => {
    const index = indexIn(progressFile);
    if (index !== last) {
      last = index;
      sinceMs = performance.now();
    } else if (index !== null && performance.now() - sinceMs > hangMs) onHang();
  }, LOOK_EVERY_MS);
  return () => clearInterval(timer);
}

function indexIn(progressFile: string): number | null {
  try {
    const text = readFileSync(progressFile, 'utf8').trim();
    return text === '' ? null : Number(text);
  } catch {
    return null;
  }
}
