import type { CliContext } from './cli-context.ts';

/** What must be settled before Node starts, or rather before libuv's thread pool does its first work. */
export type RoleProcess = { env: Record<string, string>; flags: readonly string[] };

/** DuckDB's asynchronous calls take a pool thread each; files, DNS and zlib share these. */
const POOL_THREADS_SPARE = 4;
/** The size Node would choose. */
const POOL_THREADS_MIN = 4;

/**
 * kafkajs 2.2.4 asks for timeouts in the past on Node 24: harmless, and printed at every start otherwise.
 *
 * Records come in as buffers of many MB, outside of V8's heap. Unless they are counted together with it, V8 collects garbage
 * after every 64 MB of them: 13 % of all processor time, measured on an executor at 2 M records/s.
 */
const FLAGS = [
  '--disable-warning=TimeoutNegativeWarning',
  '--disable-warning=ExperimentalWarning',
  '--external-memory-accounted-in-global-limit',
] as const;

/** What this process lacks to run a role with so many lanes; null when it lacks nothing. */
export function missingForRole(lanes: number, env: CliContext['env'], execArgv: readonly string[]): RoleProcess | null {
  const threads = Math.max(POOL_THREADS_MIN, lanes + POOL_THREADS_SPARE);
  const enough = Number(env.UV_THREADPOOL_SIZE ?? POOL_THREADS_MIN) >= threads;
  const flags = FLAGS.filter((flag) => !execArgv.includes(flag));
  if (enough && flags.length === 0) return null;
  return { env: enough ? {} : { UV_THREADPOOL_SIZE: String(threads) }, flags };
}

/**
 * Starts this program again in place (same process id, so that supervisors, signals and kills still meet the role)
 * where something is missing. Where the system cannot do that the role runs with what there is.
 */
export function becomeRole(lanes: number, env: CliContext['env']): void {
  const missing = missingForRole(lanes, env, process.execArgv);
  if (missing === null || process.execve === undefined || process.platform === 'win32') return;
  const argv = [process.execPath, ...process.execArgv, ...missing.flags, ...process.argv.slice(1)];
  // The warning that execve is experimental must not be the first line of every log.
  process.removeAllListeners('warning');
  process.execve(process.execPath, argv, definedOnly({ ...process.env, ...missing.env }));
}

function definedOnly(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
