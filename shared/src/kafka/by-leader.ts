import type { Clock } from '../clock/index.ts';
import { MillraceError, toMillraceError } from '../errors/index.ts';
import type { TopicPartition } from './by-topic.ts';
import type { Cluster } from './cluster.ts';
import { backoffMs, RETRIES_MAX, RETRY_SPAN_MAX_MS, UNKNOWN_RETRIES_MAX } from './retry-limits.ts';

/** What came of asking a leader about one item. */
export type Step<Value> =
  | { kind: 'done'; value: Value }
  /** Progress, and another round is wanted. */
  | { kind: 'more' }
  /** The leader moved or does not answer. */
  | { kind: 'retry'; error: MillraceError }
  /** Kafka does not know the partition. */
  | { kind: 'unknown'; error: MillraceError }
  | { kind: 'failed'; error: MillraceError };

export type LeaderLoop = { cluster: Cluster; clock: Clock; signal?: AbortSignal | undefined };

/** Asks one leader about its items and answers for each, in order. What it throws goes for all of them. */
export type AskLeader<Item, Value> = (nodeId: number, items: readonly Item[]) => Promise<Step<Value>[]>;

/**
 * Asks the leaders of all items in parallel, again and again until every item is done. Items whose leader moved or does
 * not answer are tried again after fresh metadata, a bounded number of times; the first failure ends everything.
 * Values in the order of items.
 */
export async function byLeader<Item extends TopicPartition, Value>(
  items: readonly Item[],
  loop: LeaderLoop,
  ask: AskLeader<Item, Value>,
): Promise<Value[]> {
  const values = new Map<Item, Value>();
  const retries = new Map<Item, Retries>();
  await learnLeaders(items, loop);
  for (let pending = items; pending.length > 0; ) {
    loop.signal?.throwIfAborted();
    const steps = await askAll(pending, loop, ask);
    const retried: Item[] = [];
    const more: Item[] = [];
    for (const [item, step] of steps) {
      if (step.kind === 'failed') throw step.error;
      if (step.kind === 'done') values.set(item, step.value);
      else if (step.kind === 'more') more.push(item);
      else retried.push(countRetry(item, step, retries, loop.clock));
      if (step.kind === 'more') retries.delete(item);
    }
    if (retried.length > 0)
      await pauseAndRefresh(retried, Math.max(...retried.map((item) => retries.get(item)!.count)), loop);
    pending = [...more, ...retried];
  }
  return items.map((item) => values.get(item) as Value);
}

/** Since the item last made progress; `since` is monotonic. */
type Retries = { count: number; since: number };

function countRetry<Item>(
  item: Item,
  step: { kind: 'retry' | 'unknown'; error: MillraceError },
  retries: Map<Item, Retries>,
  clock: Clock,
): Item {
  const { count, since } = retries.get(item) ?? { count: 0, since: clock.monotonic() };
  const countMax = step.kind === 'retry' ? RETRIES_MAX : UNKNOWN_RETRIES_MAX;
  if (count >= countMax || clock.monotonic() - since > RETRY_SPAN_MAX_MS) throw step.error;
  retries.set(item, { count: count + 1, since });
  return item;
}

async function askAll<Item extends TopicPartition, Value>(
  items: readonly Item[],
  { cluster, signal }: LeaderLoop,
  ask: AskLeader<Item, Value>,
): Promise<[Item, Step<Value>][]> {
  const routed = Map.groupBy(items, (item) => {
    const leader = cluster.leaderOf(item.topic, item.partition);
    return leader.kind === 'node' ? leader.nodeId : leader.kind;
  });
  const answers = [...routed].map(async ([leader, group]): Promise<[Item, Step<Value>][]> => {
    if (typeof leader === 'string')
      return group.map((item) => {
        const kind = leader === 'none' ? 'retry' : 'unknown';
        return [item, { kind, error: leaderlessError(item, leader) }];
      });
    // Settled rather than thrown, so that no other leader's answer is left behind unheeded.
    const steps = await ask(leader, group).catch((thrown: unknown): Step<Value>[] => {
      if (signal?.aborted) throw signal.reason;
      const error = toMillraceError(thrown);
      return group.map(() => ({ kind: error.retry === 'backoff' ? 'retry' : 'failed', error }));
    });
    return group.map((item, index) => [item, steps[index]!]);
  });
  return (await Promise.all(answers)).flat();
}

/** Why there is nobody to ask: KAFKA_UNAVAILABLE during an election, TOPIC_UNKNOWN when Kafka named no such partition. */
export function leaderlessError(item: TopicPartition, kind: 'none' | 'unknownPartition'): MillraceError {
  const { topic, partition } = item;
  const details = { topic, partition };
  if (kind === 'none') {
    return new MillraceError('KAFKA_UNAVAILABLE', `Partition ${partition} of topic ${topic} has no leader.`, {
      details,
    });
  }
  const hint = 'Check the name of the topic; `kafka-topics --list` shows what exists.';
  return new MillraceError('TOPIC_UNKNOWN', `There is no partition ${partition} of topic ${topic}.`, { details, hint });
}

/** Asks for the leaders of those items that have none in the cache. */
export async function learnLeaders(items: readonly TopicPartition[], { cluster, signal }: LeaderLoop): Promise<void> {
  const news = items.filter((item) => cluster.leaderOf(item.topic, item.partition).kind !== 'node');
  if (news.length > 0) await cluster.refresh(topicsOf(news), signal);
}

/** A refresh that fails is no news: the next round finds the same leaders and counts as another retry. */
async function pauseAndRefresh(items: readonly TopicPartition[], retry: number, loop: LeaderLoop): Promise<void> {
  await loop.clock.delay(backoffMs(retry), loop.signal);
  await loop.cluster.refresh(topicsOf(items), loop.signal).catch(ignoreTransient);
}

/** Swallows an error that another try may mend. */
export function ignoreTransient(error: unknown): void {
  if (!(error instanceof MillraceError) || error.retry !== 'backoff') throw error;
}

export function topicsOf(items: readonly TopicPartition[]): string[] {
  return [...new Set(items.map((item) => item.topic))];
}
