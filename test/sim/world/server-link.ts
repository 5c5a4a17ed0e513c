import { type ErrorCode, MillraceError } from '@millrace/shared/errors';
import type { Network } from './network.ts';
import type { Points } from './points.ts';
import type { Dice } from './random.ts';
import type { Process, Scheduler } from './scheduler.ts';

/** How a server that all processes share (the store, the brokers, the sink's folder) behaves now. */
export type ServerHealth = {
  /** Answers nothing. */
  down: boolean;
  /** Of every step, beside the network. ms. */
  slowMs: number;
  /** The step is taken and its answer is lost. */
  lostAnswerProbability: number;
  /** The step is refused, as by a server that is busy with itself. */
  refuseProbability: number;
};

export const HEALTHY: ServerHealth = { down: false, slowMs: 0, lostAnswerProbability: 0, refuseProbability: 0 };

export type SharedServer = { host: string; unavailable: ErrorCode; health: ServerHealth };

/** One process's connection to a shared server: its steps arrive in order, and so do their answers. */
export type ServerLink = {
  /** Takes `step` at the server, and answers with what it gives. Rejects as unavailable when no answer comes. */
  ask<Result>(what: string, step: () => Promise<Result>): Promise<Result>;
};

/** A client gives a request up after this. ms. */
const ANSWER_MAX_MS = 1_500;

export function linkTo(
  server: SharedServer,
  process: Process,
  { scheduler, network, points, dice }: { scheduler: Scheduler; network: Network; points: Points; dice: Dice },
): ServerLink {
  let arrivesMs = 0;
  let answeredMs = 0;
  /** Behind whatever went this way before. */
  const inOrder = (lastMs: number, from: string, to: string) =>
    Math.max(lastMs, scheduler.nowMs() + network.delayMs(from, to));

  return {
    ask: <Result>(what: string, step: () => Promise<Result>) =>
      new Promise<Result>((resolve, reject) => {
        const { host, unavailable, health } = server;
        const giveUp = (why: string) => reject(new MillraceError(unavailable, `${host}: ${why}`));
        const silence = scheduler.after(ANSWER_MAX_MS, process, `${what} unanswered`, () => giveUp('no answer'));
        const answer = (deliver: () => void) => {
          if (network.isCut(host, process.host) || dice.chance(health.lostAnswerProbability)) return;
          answeredMs = inOrder(answeredMs, host, process.host);
          scheduler.after(answeredMs - scheduler.nowMs(), process, `${what} answered`, () => {
            silence();
            deliver();
          });
        };
        const take = () => {
          if (health.down) return;
          if (dice.chance(health.refuseProbability)) return answer(() => giveUp('busy'));
          void step().then(
            (result) => {
              points.reach({ what: `${what} taken`, process });
              answer(() => resolve(result));
            },
            (error: unknown) => answer(() => reject(error)),
          );
        };
        scheduler.whenRunning(process, what, () => {
          if (network.isCut(process.host, host)) return;
          arrivesMs = inOrder(arrivesMs, process.host, host);
          scheduler.after(arrivesMs - scheduler.nowMs() + health.slowMs, null, `${what} at ${host}`, take);
        });
      }),
  };
}
