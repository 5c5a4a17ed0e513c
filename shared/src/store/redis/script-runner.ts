import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';

/** One file of scripts/: one state transition. */
export type ScriptName =
  | 'create-job'
  | 'delete-job'
  | 'raise-epoch'
  | 'forget-job'
  | 'take-over'
  | 'set-status'
  | 'update-job'
  | 'log-offsets'
  | 'commit'
  | 'amend-outputs'
  | 'mark-published'
  | 'lead'
  | 'resign';

export type ScriptReply = [code: string, ...values: unknown[]];

type Script = { text: string; sha: string };

const loaded = new Map<ScriptName, Script>();

/** Runs a script in one round trip; a second one only when Redis does not hold it yet (restart, failover, SCRIPT FLUSH). */
export async function runScript(
  client: Redis,
  name: ScriptName,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<ScriptReply> {
  const { text, sha } = loadScript(name);
  try {
    return (await client.evalsha(sha, keys.length, ...keys, ...args)) as ScriptReply;
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    return (await client.eval(text, keys.length, ...keys, ...args)) as ScriptReply;
  }
}

function loadScript(name: ScriptName): Script {
  let script = loaded.get(name);
  if (script === undefined) {
    const text = read(name).replace(/^--@include (\w+)$/gm, (_line, include: string) => read(`include/${include}`));
    script = { text, sha: createHash('sha1').update(text).digest('hex') };
    loaded.set(name, script);
  }
  return script;
}

function read(path: string): string {
  return readFileSync(new URL(`./scripts/${path}.lua`, import.meta.url), 'utf8');
}
