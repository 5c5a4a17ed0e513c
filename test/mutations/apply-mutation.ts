// Loaded into a process that is to run without a guard: changes one source as it is read. No file is touched.
import fs from 'node:fs';
import { registerHooks, syncBuiltinESMExports } from 'node:module';
import { fileURLToPath } from 'node:url';

/** From the environment: a change of one file. */
export type SourceChange = { path: string; text: string; replacement: string };
export const MUTATION_VARIABLE = 'MILLRACE_MUTATION';

const change = JSON.parse(process.env[MUTATION_VARIABLE] ?? 'null') as SourceChange | null;

function changed(source: string, { path, text, replacement }: SourceChange): string {
  if (source.split(text).length !== 2) throw new Error(`${path} does not hold this text once: ${text}`);
  return source.replace(text, () => replacement);
}

if (change?.path.endsWith('.ts')) {
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (!url.startsWith('file:') || fileURLToPath(url) !== change.path) return loaded;
      return { ...loaded, source: changed(String(loaded.source), change) };
    },
  });
} else if (change) {
  const readFileSync = fs.readFileSync as (path: unknown, ...rest: unknown[]) => unknown;
  Object.assign(fs, {
    readFileSync: (path: unknown, ...rest: unknown[]) => {
      const contents = readFileSync(path, ...rest);
      const isIt = path instanceof URL && fileURLToPath(path) === change.path;
      return isIt ? changed(String(contents), change) : contents;
    },
  });
  syncBuiltinESMExports();
}
