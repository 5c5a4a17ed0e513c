import { addExecutor } from '../start-again.ts';
import { AWAY_MAX_MS, type Fault, PAUSE_MS, type Surroundings, type Trouble } from './fault.ts';

const EXECUTORS_MAX = 5;

/** An executor of which another one is left alone. */
function onOne(
  { dice, idleExecutors }: Surroundings,
  trouble: (id: string) => Omit<Trouble, 'touches'>,
): Trouble | null {
  if (idleExecutors.length < 2) return null;
  const id = dice.oneOf(idleExecutors);
  return { touches: [id], ...trouble(id) };
}

/** It may give up while a server is away for long. */
async function drain({ cluster: { executors }, tell }: Surroundings, id: string): Promise<void> {
  await executors.drain(id);
  if (executors.logOf(id).includes('leaving before everything was done')) tell(`${id} left before everything was done`);
}

export const EXECUTOR_FAULTS: readonly Fault[] = [
  {
    kind: 'executor killed',
    weight: 5,
    begin: (at) =>
      onOne(at, (id) => {
        const awayMs = at.dice.between(0, AWAY_MAX_MS);
        return {
          text: `${id} is killed, another takes its place after ${awayMs} ms`,
          run: async () => {
            await at.cluster.executors.kill(id);
            await at.wait(awayMs);
            await addExecutor(at.cluster);
          },
        };
      }),
  },
  {
    kind: 'executor paused',
    weight: 5,
    begin: (at) =>
      onOne(at, (id) => {
        const pausedMs = at.dice.between(PAUSE_MS.min, PAUSE_MS.max);
        return {
          text: `${id} stands still for ${pausedMs} ms`,
          run: async () => {
            at.cluster.executors.pause(id);
            await at.wait(pausedMs);
            at.cluster.executors.resume(id);
          },
        };
      }),
  },
  {
    kind: 'executor drained',
    weight: 3,
    begin: (at) =>
      onOne(at, (id) => ({
        text: `${id} is told to end, another takes its place`,
        run: async () => {
          await drain(at, id);
          await addExecutor(at.cluster);
        },
      })),
  },
  {
    kind: 'executor added',
    weight: 2,
    begin: ({ cluster }) => {
      if (cluster.executors.ids().length >= EXECUTORS_MAX) return null;
      return { text: 'an executor is added', touches: [], run: () => addExecutor(cluster) };
    },
  },
  {
    kind: 'executor removed',
    weight: 2,
    begin: (at) => {
      if (at.idleExecutors.length <= EXECUTORS_MAX - 2) return null;
      return onOne(at, (id) => ({ text: `${id} is told to end for good`, run: () => drain(at, id) }));
    },
  },
];
