import { crc32 } from 'node:zlib';
import type { StateBlobRecord } from '@millrace/shared/store';
import { operatorsOf, STATE_PARTITIONS } from '../cluster/job-shape.ts';
import { evict, type Group, groupName, statePartitionOf, type Table } from '../cluster/kernel.ts';
import type { History } from './history.ts';
import { demand, type Evidence, type Oracle } from './oracle.ts';

/** The blobs that a commit names are there, whole, and hold the state that a replay of all committed ranges gives. */
export const stateEqualsReplay: Oracle = {
  name: 'state equals replay',
  async afterStep(evidence, step) {
    if (step.method === 'commit') await check(evidence);
  },
  async atEnd(evidence) {
    if (evidence.history.commits.length > 0) await check(evidence);
  },
};

async function check(evidence: Evidence): Promise<void> {
  const blobs = [...evidence.history.blobs.values()];
  const contents = new Map<string, Group[]>();
  for (const blob of blobs) contents.set(blob.name, await read(evidence.world, blob));
  // Also of a `relayed` job: what is told of a group is all that there is to know of it.
  for (const operatorId of operatorsOf(evidence.job.shape)) {
    const own = blobs.filter((blob) => blob.operatorId === operatorId);
    checkOperator(evidence.history, operatorId, restore(own, contents));
  }
}

function checkOperator(history: History, operatorId: string, stored: Table): void {
  const { batchId, watermarkMs } = history.commits.at(-1)!.entry;
  const replayed = new Map(history.state);
  if (watermarkMs !== null) for (const table of [stored, replayed]) evict(table, watermarkMs);
  const [is, should] = [textOf(stored), textOf(replayed)];
  demand(
    is === should,
    () => `after batch ${batchId} the store holds ${is} of ${operatorId}, a replay gives ${should}`,
  );
  for (const group of stored.values()) demandLineage(history, operatorId, group);
}

/** Each row was computed on the very row that was committed before it, not on one that an attempt which lost had made. */
function demandLineage({ writers }: History, operatorId: string, group: Group): void {
  const { by = '', on = '' } = group;
  const name = `${operatorId} ${groupName(group)}`;
  const known = writers.get(name) ?? '';
  if (by === known) return;
  demand(on === known, () => `${name} was computed on the row of attempt ${on}, that of ${known} is committed`);
  writers.set(name, by);
}

async function read({ store }: Evidence['world'], blob: StateBlobRecord): Promise<Group[]> {
  const bytes = await store.blobs.get(blob.name).catch(() => null);
  demand(bytes !== null, () => `blob ${blob.name} is committed and not there`);
  demand(crc32(bytes!) === blob.crc32, () => `blob ${blob.name} is not what was committed`);
  return JSON.parse(Buffer.from(bytes!).toString()) as Group[];
}

/** By the rule alone: of each state partition the newest snapshot, and the deltas of later batches on it. */
function restore(blobs: readonly StateBlobRecord[], contents: ReadonlyMap<string, Group[]>): Table {
  const table: Table = new Map();
  for (let partition = 0; partition < STATE_PARTITIONS; partition++) {
    const own = blobs.filter(({ partitions }) => partitions.includes(partition)).sort((a, b) => a.batchId - b.batchId);
    const snapshot = own.findLastIndex(({ kind }) => kind === 'snapshot');
    for (const { name } of own.slice(Math.max(0, snapshot))) {
      for (const group of contents.get(name)!) {
        if (statePartitionOf(group) === partition) table.set(groupName(group), group);
      }
    }
  }
  return table;
}

const textOf = (table: Table) =>
  [...table.values()]
    .map(({ count, sum, ...group }) => `${groupName(group)}=${count}/${sum}`)
    .sort()
    .join(' ');
