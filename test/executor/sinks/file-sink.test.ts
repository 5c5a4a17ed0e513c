import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import type { EncodedOutput } from '../../../executor/src/lanes/messages.ts';
import { batchOfStaged } from '../../../executor/src/sinks/file-layout.ts';
import { createFileSink } from '../../../executor/src/sinks/file-sink.ts';
import { contextOf, JOB_ID, publishOf, sinkContract } from './sink-contract.ts';

const { signal } = new AbortController();

/** `partition`: rows go into a folder of that name. */
async function startFiles(t: TestContext, partition: string | null = null) {
  const root = await mkdtemp(join(tmpdir(), 'millrace-sink-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  const path = join(root, 'out');
  const partitionBy = partition === null ? [] : ['k'];
  const open = () => createFileSink('output', { path, format: 'ndjson', mode: 'append', partitionBy });
  const encode = async (text: string): Promise<EncodedOutput> => {
    const size = { rows: 1, bytes: text.length + 1 };
    const folder = join(root, randomUUID());
    await mkdir(folder);
    const file = join(folder, '0.ndjson');
    await writeFile(file, `${text}\n`);
    if (partition === null) return { kind: 'file', path: file, ...size };
    return { kind: 'partitions', path: folder, ...size, files: [{ path: file, partition, ...size }] };
  };
  /** As a reader that respects manifests. */
  const visible = async () => {
    const rows: string[] = [];
    for (const name of await readdir(join(path, '_manifest')).catch(() => [])) {
      const { files } = JSON.parse(await readFile(join(path, '_manifest', name), 'utf8')) as {
        files: { path: string }[];
      };
      for (const file of files) rows.push(...(await readFile(join(path, file.path), 'utf8')).trim().split('\n'));
    }
    return rows;
  };
  const staged = () => readdir(join(path, '_staging', JOB_ID)).catch(() => []);
  return { path, open, encode, visible, staged };
}

sinkContract('file', (t) => startFiles(t));
sinkContract('file, partitioned', (t) => startFiles(t, 'k=a'));

test('names files and manifest by batch, stage and task', async (t) => {
  const { path, open, encode, staged } = await startFiles(t);
  const sink = open();
  const prepared = await sink.prepare(contextOf(7, 3), await encode('a'), signal);
  assert.deepEqual(await staged(), ['1.7.s0.3.0.ndjson']);
  await sink.publish(publishOf(7), [prepared]);
  assert.deepEqual(await readdir(join(path, 'batch=000000000007')), ['part-s0-00003.ndjson']);
  assert.deepEqual(JSON.parse(await readFile(join(path, '_manifest/000000000007.json'), 'utf8')), {
    version: 1,
    job: JOB_ID,
    batch: 7,
    mode: 'append',
    files: [{ path: 'batch=000000000007/part-s0-00003.ndjson', attempt: '1.7.s0.3.0', rows: 1, bytes: 2 }],
  });
});

test('a partitioned file is one for each partition, staged by number', async (t) => {
  const { path, open, encode, staged } = await startFiles(t, 'k=a%2Fb');
  const [one, other] = [await encode('a'), await encode('bb')];
  assert.ok(one.kind === 'partitions' && other.kind === 'partitions');
  const files = [...one.files, { ...other.files[0]!, partition: 'k=__HIVE_DEFAULT_PARTITION__' }];
  const prepared = await open().prepare(contextOf(7, 3), { ...one, files, rows: 2, bytes: 5 }, signal);
  assert.deepEqual((await staged()).toSorted(), ['1.7.s0.3.0.0.ndjson', '1.7.s0.3.0.1.ndjson']);
  await open().publish(publishOf(7), [prepared]);
  const manifest = JSON.parse(await readFile(join(path, '_manifest/000000000007.json'), 'utf8')) as { files: object[] };
  const attempt = '1.7.s0.3.0';
  assert.deepEqual(manifest.files, [
    { path: 'k=__HIVE_DEFAULT_PARTITION__/batch=000000000007/part-s0-00003.ndjson', attempt, rows: 1, bytes: 3 },
    { path: 'k=a%2Fb/batch=000000000007/part-s0-00003.ndjson', attempt, rows: 1, bytes: 2 },
  ]);
  assert.deepEqual(await staged(), []);
  await open().discard([await open().prepare(contextOf(8), await encode('x'), signal)]);
  assert.deepEqual(await staged(), []);
});

test('goes on after a crash between the renames', async (t) => {
  const { open, encode, visible, path } = await startFiles(t);
  const prepared = [
    await open().prepare(contextOf(0, 0), await encode('a'), signal),
    await open().prepare(contextOf(0, 1), await encode('b'), signal),
  ];
  await open().publish(publishOf(0), prepared);
  // As if the publish had died before the manifest, its last step.
  await rm(join(path, '_manifest'), { recursive: true });
  assert.deepEqual(await visible(), []);
  await open().publish(publishOf(0), prepared);
  assert.deepEqual((await visible()).toSorted(), ['a', 'b']);
});

test('executors that publish one batch at the same time do not get into one another’s way', async (t) => {
  const { open, encode, visible, path } = await startFiles(t);
  const prepared = [await open().prepare(contextOf(0), await encode('a'), signal)];
  // An old driver's call that is still under way, and its successor's.
  await Promise.all(Array.from({ length: 8 }, () => open().publish(publishOf(0), prepared)));
  assert.deepEqual(await visible(), ['a']);
  assert.deepEqual(await readdir(join(path, '_manifest')), ['000000000000.json']);
});

test('sweeps what attempts that lost have staged, and leaves later batches alone', async (t) => {
  const { open, encode, staged } = await startFiles(t);
  const won = await open().prepare(contextOf(1, 0, 1), await encode('a'), signal);
  for (const context of [contextOf(1, 0, 0), contextOf(0), contextOf(2)])
    await open().prepare(context, await encode('x'), signal);
  await open().publish(publishOf(1), [won]);
  assert.deepEqual(await staged(), ['1.2.s0.0.0.ndjson']);
});

test('a manifest that a killed executor left half-written is no reader’s, and goes with the next batch', async (t) => {
  const { path, open, encode, staged } = await startFiles(t);
  const sink = open();
  const first = await sink.prepare(contextOf(0), await encode('a'), signal);
  const left = '1.0.manifest-of-the-killed.json';
  await writeFile(join(path, '_staging', JOB_ID, left), '{ "ver');
  await sink.publish(publishOf(0), [first]);
  assert.deepEqual(await staged(), [left], 'of this batch, it might be somebody’s who publishes it too');
  await sink.publish(publishOf(1), [await sink.prepare(contextOf(1), await encode('b'), signal)]);
  assert.deepEqual(await staged(), []);
  assert.deepEqual(await readdir(join(path, '_manifest')), ['000000000000.json', '000000000001.json']);
});

test('a task without rows leaves no file, and its batch a manifest all the same', async (t) => {
  const { open, encode, visible, path } = await startFiles(t);
  const prepared = await open().prepare(contextOf(0), { ...(await encode('')), rows: 0 } as EncodedOutput, signal);
  await open().publish(publishOf(0), [prepared]);
  assert.deepEqual(await visible(), []);
  assert.deepEqual(await readdir(join(path, '_manifest')), ['000000000000.json']);
});

test('refuses another outcome of a batch that is published', async (t) => {
  const { open, encode } = await startFiles(t);
  const first = await open().prepare(contextOf(0, 0, 0), await encode('a'), signal);
  const other = await open().prepare(contextOf(0, 0, 1), await encode('b'), signal);
  await open().publish(publishOf(0), [first]);
  await assert.rejects(open().publish(publishOf(0), [other]), { code: 'STORE_CORRUPT' });
});

test('refuses to prepare a batch that is published: the store has forgotten its commit', async (t) => {
  const { open, encode, visible } = await startFiles(t);
  for (const batchId of [0, 1]) {
    const prepared = await open().prepare(contextOf(batchId), await encode(`${batchId}`), signal);
    await open().publish(publishOf(batchId), [prepared]);
  }
  const encoded = await encode('again');
  await assert.rejects(open().prepare(contextOf(0, 0, 1), encoded, signal), {
    code: 'STORE_CORRUPT',
    message: /000000000000.json shows batch 0/,
  });
  assert.deepEqual((await visible()).toSorted(), ['0', '1']);
});

test('a staged file that is gone holds the job, with a reason', async (t) => {
  const { open, encode } = await startFiles(t);
  const prepared = await open().prepare(contextOf(0), await encode('a'), signal);
  await open().discard([prepared]);
  await assert.rejects(open().publish(publishOf(0), [prepared]), { code: 'BLOB_LOST' });
});

test('a folder that cannot be written is SINK_UNAVAILABLE', async (t) => {
  const { path, open, encode } = await startFiles(t);
  await writeFile(path, 'a file where the folder should be');
  await assert.rejects(open().prepare(contextOf(0), await encode('a'), signal), { code: 'SINK_UNAVAILABLE' });
});

const names: [string, number | null][] = [
  ['3.12.s0.0.1.ndjson', 12],
  ['3.12.s0.0.1.parquet.moving', 12],
  ['notes.txt', null],
  ['3.x.s0.ndjson', null],
];
for (const [name, batch] of names) {
  test(`staged file ${name} is of batch ${batch}`, () => assert.equal(batchOfStaged(name), batch));
}
