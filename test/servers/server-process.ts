import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { runCommand } from './command.ts';

/** Another user than ours, where root may not be one. */
export type ServerUser = { uid: number; gid: number };

export type ServerCommand = Partial<ServerUser> & {
  command: string;
  args: readonly string[];
  env?: NodeJS.ProcessEnv;
  cwd: string;
  /** Standard output and error are appended here. */
  logPath: string;
  /** Removed when this process dies without stopping the server. */
  folder: string;
  /** The container that `command` (a docker client) is attached to: what is killed in its place. */
  container?: string;
};

/** A server running as a child. It keeps nobody's event loop alive, and never outlives the process that started it. */
export type ServerProcess = {
  /** The server's; the docker client's when it runs in a container. */
  readonly pid: number;
  /** How it ended; undefined while it runs. */
  ending(): string | undefined;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM, to the docker client where there is one; resolves when it has ended in its own time. */
  terminate(): Promise<void>;
  log(): string;
  /** Its last lines. */
  logTail(): string;
};

/** Lines of the log worth showing when a server dies. */
const LOG_TAIL_LINES = 25;

export async function startServerProcess(options: ServerCommand): Promise<ServerProcess> {
  const logFile = openSync(options.logPath, 'a');
  // A group of its own: Ctrl-C in the terminal reaches us, and we stop servers after their clients.
  const child = spawn(options.command, options.args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', logFile, logFile],
    detached: true,
    ...(options.uid !== undefined && { uid: options.uid, gid: options.gid ?? options.uid }),
  });
  closeSync(logFile);
  const pid = await pidOf(child);
  const { container, folder } = options;
  const watchdog = startWatchdog(container === undefined ? `kill -9 ${pid}` : `docker rm -fv ${container}`, folder);
  let ending: string | undefined;
  const gone = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      ending = signal === null ? `exit code ${code}` : `signal ${signal}`;
      dismissWatchdog(watchdog);
      resolve();
    });
  });
  child.unref();
  const log = () => readFileSync(options.logPath, 'utf8');
  return {
    pid,
    ending: () => ending,
    kill: async () => {
      if (ending !== undefined) return;
      child.ref();
      if (container === undefined) child.kill('SIGKILL');
      else await runCommand('docker', ['kill', container]);
      await gone;
    },
    terminate: async () => {
      if (ending !== undefined) return;
      child.ref();
      child.kill('SIGTERM');
      await gone;
    },
    log,
    logTail: () => log().trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n'),
  };
}

function pidOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve(child.pid as number));
  });
}

/**
 * A shell that waits on a pipe from this process and runs `last` when the pipe closes. The kernel closes it however this
 * process ends, SIGKILL included; on an orderly stop the watchdog is killed first.
 */
function startWatchdog(last: string, folder: string): ChildProcess {
  const script = `read -r _; ${last} >/dev/null 2>&1; rm -rf -- "$1"`;
  const watchdog = spawn('sh', ['-c', script, 'millrace-watchdog', folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  (watchdog.stdin as Socket).unref();
  watchdog.unref();
  return watchdog;
}

/** Killed before its pipe closes, so it does nothing more. */
function dismissWatchdog(watchdog: ChildProcess): void {
  watchdog.kill('SIGKILL');
  watchdog.stdin?.destroy();
}
