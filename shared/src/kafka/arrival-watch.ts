import type { Clock } from '../clock/index.ts';
import { type MillraceError, toMillraceError } from '../errors/index.ts';
import { ignoreTransient, leaderlessError, learnLeaders, topicsOf } from './by-leader.ts';
import type { Cluster } from './cluster.ts';
import { type FetchedPartition, fetchRequest } from './fetch-message.ts';
import { OFFSET_OUT_OF_RANGE } from './kafka-failure.ts';
import type { PartitionOffset } from './list-offsets.ts';
import { offsetsGone } from './offsets-gone.ts';
import { partitionIndex } from './partition-index.ts';
import { partitionStep } from './partition-step.ts';
import { backoffMs, RETRIES_MAX } from './retry-limits.ts';

export type ArrivalWait = { waitMaxMs: number; signal?: AbortSignal };

/**
 * Resolves as soon as one partition has a record at or past its position, or after waitMaxMs, with the last stable
 * offsets seen meanwhile: of partitions that share a leader with it; none when the time ran out first.
 */
export type WaitForRecords = (positions: readonly PartitionOffset[], wait: ArrivalWait) => Promise<PartitionOffset[]>;

/** A broker holds one poll no longer, so that one nobody waits for any more soon ends. ms. */
const POLL_MAX_MS = 5_000;
/** Only the first batch comes back, and nobody reads it. Bytes. */
const POLL_BYTES = 1;
/** A broker that answers at once without news is asked again no sooner: the guard against spinning. ms. */
const POLL_PAUSE_MS = 20;

/**
 * Waiting for records by long polls: a Fetch the broker answers when there is something to read.
 *
 * A poll outlives the wait that began it: an aborted wait, or one that another leader's records ended, leaves it open at
 * the broker, and the next wait for the same positions joins it. So a wait ends at once without costing a connection,
 * and no poll is sent twice. Joining is right because a poll still open means that nothing has arrived.
 */
export function createArrivalWatch(cluster: Cluster, clock: Clock): WaitForRecords {
  const polls = new Map<string, Poll>();

  function poll(nodeId: number, positions: readonly PartitionOffset[], waitMaxMs: number): Poll {
    const name = [nodeId, ...positions.map((at) => `${at.topic}/${at.partition}@${at.offset}`).sort()].join(' ');
    const open = polls.get(name);
    if (open !== undefined) return open;
    const wants = positions.map((position) => ({ ...position, bytesMax: POLL_BYTES }));
    const limits = { waitMaxMs: Math.ceil(Math.min(waitMaxMs, POLL_MAX_MS)), bytesMin: 1, bytesMax: POLL_BYTES };
    const answer = cluster.send(nodeId, fetchRequest(wants, limits)).finally(() => polls.delete(name));
    // Whoever waits sees the failure; when nobody does any more, it is nobody's.
    answer.catch(() => {});
    const started = { answer, startedAt: clock.monotonic() };
    polls.set(name, started);
    return started;
  }

  /** Polls one leader until something has arrived (null), or its answer is trouble. */
  async function watchLeader(
    watch: Watch,
    nodeId: number,
    positions: readonly PartitionOffset[],
  ): Promise<Trouble | null> {
    while (!watch.signal.aborted) {
      const { answer, startedAt } = poll(nodeId, positions, Math.max(1, watch.deadline - clock.monotonic()));
      const answers = await answer;
      const answerFor = partitionIndex(answers);
      const trouble = positions.map((at) => troubleOf(at, answerFor(at))).find((found) => found !== null);
      if (trouble) return trouble;
      watch.seen.set(nodeId, answers);
      if (positions.some((at) => answerFor(at)!.lastStableOffset > at.offset)) return null;
      if (clock.monotonic() - startedAt < POLL_PAUSE_MS) await clock.delay(POLL_PAUSE_MS, watch.signal);
    }
    return null;
  }

  /** One round with the leaders as they are known: null when there is nothing more to wait for. */
  async function watchLeaders(watch: Watch, positions: readonly PartitionOffset[]): Promise<Trouble | null> {
    const routed = Map.groupBy(positions, (at) => {
      const leader = cluster.leaderOf(at.topic, at.partition);
      return leader.kind === 'node' ? leader.nodeId : leader.kind;
    });
    const watching = [...routed].map(([leader, group]) =>
      typeof leader === 'string'
        ? Promise.reject(leaderlessError(group[0]!, leader))
        : watchLeader(watch, leader, group),
    );
    const left = Math.max(0, watch.deadline - clock.monotonic());
    return await Promise.race([...watching, clock.delay(left, watch.signal).then(() => null)]);
  }

  return async (positions, { waitMaxMs, signal }) => {
    await learnLeaders(positions, { cluster, clock, signal });
    const deadline = clock.monotonic() + waitMaxMs;
    const seen: Watch['seen'] = new Map();
    for (let retry = 1; ; retry++) {
      const over = new AbortController();
      const watch = { deadline, seen, signal: signal ? AbortSignal.any([signal, over.signal]) : over.signal };
      const trouble = await watchLeaders(watch, positions)
        .catch(asTrouble)
        .finally(() => over.abort());
      signal?.throwIfAborted();
      if (trouble === null) return endsOf(seen);
      if (trouble.kind === 'gone') {
        const gone = await offsetsGone(trouble.position, { cluster, clock, signal });
        // Records were there and are deleted already: who reads on finds that out.
        if (trouble.position.offset < gone.logStartOffset) return endsOf(seen);
        throw gone.error;
      }
      if (trouble.kind === 'failed' || retry > RETRIES_MAX) throw trouble.error;
      await clock.delay(backoffMs(retry), signal);
      await cluster.refresh(topicsOf(positions), signal).catch(ignoreTransient);
    }
  };
}

/** A request at the broker; `startedAt` is monotonic. */
type Poll = { answer: Promise<FetchedPartition[]>; startedAt: number };

/** `seen`: the last answer of each leader. */
type Watch = { deadline: number; seen: Map<number, FetchedPartition[]>; signal: AbortSignal };

type Trouble =
  | { kind: 'gone'; position: PartitionOffset }
  | { kind: 'retry'; error: MillraceError }
  | { kind: 'failed'; error: MillraceError };

function endsOf(seen: Watch['seen']): PartitionOffset[] {
  return [...seen.values()]
    .flat()
    .map((at) => ({ topic: at.topic, partition: at.partition, offset: at.lastStableOffset }));
}

function troubleOf(position: PartitionOffset, answer: FetchedPartition | undefined): Trouble | null {
  if (answer?.errorCode === OFFSET_OUT_OF_RANGE) return { kind: 'gone', position };
  const step = partitionStep(position, answer);
  if (step === null) return null;
  if (step.kind !== 'retry' && step.kind !== 'unknown' && step.kind !== 'failed') return null;
  return { kind: step.kind === 'failed' ? 'failed' : 'retry', error: step.error };
}

function asTrouble(thrown: unknown): Trouble {
  const error = toMillraceError(thrown);
  return { kind: error.retry === 'backoff' ? 'retry' : 'failed', error };
}
