import type { Transport } from '@millrace/shared/rpc';
import { createConnections } from './connections.ts';
import type { Points } from './points.ts';
import type { Dice } from './random.ts';
import { type Process, runningProcess, type Scheduler } from './scheduler.ts';

/** How messages fare now. Each is delayed by itself, so calls overtake one another, as calls over HTTP/2 may. */
export type Weather = {
  delayMinMs: number;
  delayMaxMs: number;
  /** Of a call: its connection breaks, and the caller does not learn whether it was served. */
  breakProbability: number;
  /** Of a request that is no task: it is served twice. gRPC delivers once; the protocol does not need it to, but for tasks. */
  duplicateProbability: number;
};

export const CALM: Weather = { delayMinMs: 0.2, delayMaxMs: 2, breakProbability: 0, duplicateProbability: 0 };

/** A cut that lasts longer is noticed by keepalive, and what was under way is lost. As in shared/src/rpc/grpc-client.ts. */
export const KEEPALIVE_MS = 8_000;

/** Machines, and whether messages pass between them. */
export type Network = {
  weather: Weather;
  /** Nothing passes from one host to the other, nor back unless `oneWay`. */
  cut(from: string, to: string, oneWay: boolean): void;
  /** Messages from one host to the other take so much longer. ms. */
  slowDown(from: string, to: string, ms: number): void;
  /** Cuts and delays end, both ways. */
  mend(one: string, other: string): void;
  heal(): void;
  isCut(from: string, to: string): boolean;
  /** Of a message that is sent now. */
  delayMs(from: string, to: string): number;
  /** Delivers after the weather's delay; a message into a cut waits for its end, and is lost when that takes too long. */
  send(from: string, to: string, owner: Process | null, what: string, deliver: () => void): void;
  /** How long until a caller that hears nothing over this link gives its connection up; null: the link is fine. */
  silenceMs(from: string, to: string): number | null;
  transportOf(process: Process): Transport;
  /** The process is gone: its connections are reset. */
  reset(process: Process): void;
};

type Parked = { link: string; deliver: () => void };

export function createNetwork(scheduler: Scheduler, dice: Dice, points: Points): Network {
  /** Since when, by directed link. */
  const cuts = new Map<string, number>();
  let parked: Parked[] = [];
  const linkOf = (from: string, to: string) => `${from}>${to}`;
  const slow = new Map<string, number>();

  function cutOne(from: string, to: string): void {
    const link = linkOf(from, to);
    if (cuts.has(link)) return;
    const since = scheduler.nowMs();
    cuts.set(link, since);
    scheduler.after(KEEPALIVE_MS, null, `keepalive ${link}`, () => {
      if (cuts.get(link) !== since) return;
      parked = parked.filter((message) => message.link !== link);
      connections.lose(from, to);
    });
  }

  function pass(from: string, to: string, owner: Process | null, what: string, deliver: () => void): void {
    const link = linkOf(from, to);
    const soon = () => void scheduler.after(network.delayMs(from, to), owner, what, deliver);
    if (cuts.has(link)) parked.push({ link, deliver: soon });
    else soon();
  }

  function mendLinks(links: readonly string[]): void {
    for (const link of links) {
      cuts.delete(link);
      slow.delete(link);
    }
    const freed = parked.filter(({ link }) => links.includes(link));
    parked = parked.filter(({ link }) => !links.includes(link));
    for (const { deliver } of freed) deliver();
  }

  const network: Network = {
    weather: { ...CALM },
    cut(from, to, oneWay) {
      cutOne(from, to);
      if (!oneWay) cutOne(to, from);
    },
    slowDown: (from, to, ms) => void slow.set(linkOf(from, to), ms),
    mend(one, other) {
      mendLinks([linkOf(one, other), linkOf(other, one)]);
    },
    heal() {
      mendLinks([...cuts.keys(), ...slow.keys()]);
    },
    delayMs(from, to) {
      const { delayMinMs, delayMaxMs } = network.weather;
      return delayMinMs + dice.random() * (delayMaxMs - delayMinMs) + (slow.get(linkOf(from, to)) ?? 0);
    },
    isCut: (from, to) => cuts.has(linkOf(from, to)),
    send(from, to, owner, what, deliver) {
      const sender = runningProcess();
      if (sender) points.reach({ what, process: sender });
      scheduler.whenRunning(sender, what, () => pass(from, to, owner, what, deliver));
    },
    silenceMs(from, to) {
      const since = [linkOf(from, to), linkOf(to, from)].flatMap((link) => cuts.get(link) ?? []);
      return since.length === 0 ? null : Math.max(1_000, Math.min(...since) + KEEPALIVE_MS - scheduler.nowMs());
    },
    transportOf: (process) => connections.transportOf(process),
    reset: (process) => connections.reset(process),
  };
  const connections = createConnections(network, scheduler, dice);
  return network;
}
