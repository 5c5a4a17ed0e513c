// Regenerates what is derived from other files: wire types from proto/, the JSON Schema of the job spec.
// `--check` compares instead of writing and exits 1 where something is stale.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { jobSpecJsonSchema } from '../shared/src/spec/json-schema.ts';

const root = resolve(import.meta.dirname, '..');
const check = process.argv.includes('--check');

function generateWireTypes(outDir: string): void {
  const protos = readdirSync(join(root, 'proto/millrace/v1')).filter((name) => name !== 'common.proto');
  execFileSync(
    process.execPath,
    [
      join(root, 'node_modules/@grpc/proto-loader/build/bin/proto-loader-gen-types.js'),
      ...['--longs=Number', '--enums=String', '--bytes=Buffer', '--defaults', '--arrays'],
      ...['--inputTemplate=%sInput', '--outputTemplate=%s', '--importFileExtension=.ts'],
      ...['--grpcLib=@grpc/grpc-js', '-I', 'proto', `--outDir=${outDir}`],
      ...protos.map((name) => `millrace/v1/${name}`),
    ],
    { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] },
  );
}

function filesBelow(dir: string): string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(dir, name)).isFile())
    .sort();
}

function differences(expected: string, actual: string): string[] {
  const names = new Set([...filesBelow(expected), ...filesBelow(actual)]);
  const text = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined);
  return [...names].filter((name) => text(join(expected, name)) !== text(join(actual, name)));
}

const target = join(root, 'proto/src/generated');
const schemaFile = join(root, 'shared/src/spec/job-spec.schema.json');
const schemaText = `${JSON.stringify(jobSpecJsonSchema(), null, 2)}\n`;

function staleFiles(): string[] {
  const fresh = mkdtempSync(join(tmpdir(), 'millrace-generated-'));
  try {
    generateWireTypes(fresh);
    const stale = differences(fresh, target).map((name) => `proto/src/generated/${name}`);
    const schemaFresh = existsSync(schemaFile) && readFileSync(schemaFile, 'utf8') === schemaText;
    return schemaFresh ? stale : [...stale, 'shared/src/spec/job-spec.schema.json'];
  } finally {
    rmSync(fresh, { recursive: true });
  }
}

if (check) {
  const stale = staleFiles();
  for (const name of stale) console.error(`stale: ${name} (run: npm run generate)`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  rmSync(target, { recursive: true, force: true });
  generateWireTypes(target);
  writeFileSync(schemaFile, schemaText);
}
