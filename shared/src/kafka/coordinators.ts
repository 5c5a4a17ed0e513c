import type { Clock } from '../clock/index.ts';
import { MillraceError } from '../errors/index.ts';
import type { Cluster } from './cluster.ts';
import type { ErrorAnswer } from './error-answer.ts';
import { type Coordinated, findCoordinatorRequest } from './find-coordinator-message.ts';
import type { KafkaRequest } from './kafka-request.ts';
import { backoffMs, RETRIES_MAX } from './retry-limits.ts';

/** Requests to the brokers that look after groups and transactions. */
export type Coordinators = {
  /**
   * Asks until there is an answer: a coordinator that moved or is loading is looked for again, and a transaction that is
   * still being ended is waited for. Every request must be one that may be repeated. Gives the answer with its error code, which is
   * the caller's to judge; KAFKA_UNAVAILABLE after some seconds.
   */
  ask<Answer extends ErrorAnswer>(
    of: Coordinated,
    request: KafkaRequest<Answer>,
    signal?: AbortSignal,
  ): Promise<Answer>;
};

/** The coordinator is loading, is not there, or has moved. */
const MOVED: ReadonlySet<number> = new Set([14, 15, 16]);
/** The transaction before is committed or aborted, but its markers are not in all partitions yet. */
const CONCURRENT_TRANSACTIONS = 51;

/** Markers are mostly written within a few ms: the first looks are early, the later ones rarer. */
const MARKERS_POLL_INITIAL_MS = 2;
const MARKERS_POLL_MAX_MS = 50;
/** Markers wait for leaders of all partitions: as long as an election and a broker's restart may take. */
const MARKERS_WAIT_MAX_MS = 30_000;

export function createCoordinators(cluster: Cluster, clock: Clock): Coordinators {
  const nodes = new Map<string, number>();

  async function nodeOf(of: Coordinated, signal: AbortSignal | undefined): Promise<number | null> {
    const known = nodes.get(nameOf(of));
    if (known !== undefined) return known;
    const { errorCode, nodeId } = await cluster.send(null, findCoordinatorRequest(of), signal);
    if (errorCode !== 0 && !MOVED.has(errorCode)) throw refused(of, errorCode);
    if (errorCode !== 0) return null;
    nodes.set(nameOf(of), nodeId);
    return nodeId;
  }

  /** Null: nobody answers for it just now. */
  async function tryOnce<Answer extends ErrorAnswer>(
    of: Coordinated,
    request: KafkaRequest<Answer>,
    signal: AbortSignal | undefined,
  ): Promise<Answer | null> {
    const nodeId = await nodeOf(of, signal);
    if (nodeId === null) return null;
    try {
      const answer = await cluster.send(nodeId, request, signal);
      if (!MOVED.has(answer.errorCode)) return answer;
    } catch (error) {
      if (!(error instanceof MillraceError) || error.code !== 'KAFKA_UNAVAILABLE') throw error;
      await cluster.refresh([], signal);
    }
    nodes.delete(nameOf(of));
    return null;
  }

  return {
    async ask(of, request, signal) {
      const startedMs = clock.monotonic();
      for (let misses = 0, polls = 0; ; ) {
        signal?.throwIfAborted();
        const answer = await tryOnce(of, request, signal);
        if (answer === null) {
          misses += 1;
          if (misses > RETRIES_MAX) throw unattended(of);
          await clock.delay(backoffMs(misses), signal);
        } else if (answer.errorCode === CONCURRENT_TRANSACTIONS) {
          if (clock.monotonic() - startedMs > MARKERS_WAIT_MAX_MS) throw stillEnding(of);
          await clock.delay(Math.min(MARKERS_POLL_MAX_MS, MARKERS_POLL_INITIAL_MS * 2 ** polls), signal);
          polls += 1;
        } else {
          return answer;
        }
      }
    },
  };
}

const nameOf = ({ kind, key }: Coordinated) => `${kind}/${key}`;

function refused(of: Coordinated, kafkaError: number): MillraceError {
  return new MillraceError(
    'KAFKA_REFUSED',
    `Kafka names no coordinator for the ${of.kind} ${of.key} (code ${kafkaError}).`,
    {
      hint: `Does this user have the right to use the ${of.kind === 'group' ? 'group' : 'transactional id'}?`,
      details: { ...of, kafkaError },
    },
  );
}

function unattended(of: Coordinated): MillraceError {
  return new MillraceError('KAFKA_UNAVAILABLE', `No broker looks after the ${of.kind} ${of.key} just now.`, {
    hint: 'On a cluster of few brokers, check the replication factor of Kafka’s internal topics __consumer_offsets and __transaction_state.',
    details: { ...of },
  });
}

function stillEnding(of: Coordinated): MillraceError {
  return new MillraceError('KAFKA_UNAVAILABLE', `The last transaction of ${of.key} is still being ended.`, {
    hint: 'Its markers have to reach every partition it wrote to: do all of them have leaders?',
    details: { ...of },
  });
}
