import type { Dice } from '../../sim/world/random.ts';
import type { SoakCluster } from '../soak-cluster.ts';
import { addExecutor, startDriver } from '../start-again.ts';
import { DRIVER_FAULTS } from './driver-faults.ts';
import { EXECUTOR_FAULTS } from './executor-faults.ts';
import { type Fault, SERVERS, type Trouble } from './fault.ts';
import { SERVER_FAULTS } from './server-faults.ts';

export type FaultStorm = {
  /** Begins faults at random moments until `untilMs` (monotonic); those that last go on beyond. */
  rage(untilMs: number): Promise<void>;
  /** Resolves when every fault is over and everything runs again. */
  over(): Promise<void>;
  /** Of each kind, how many have begun. */
  counts: ReadonlyMap<string, number>;
  /** Processes that ended although nobody ended them, and how. */
  endings: readonly string[];
};

const FAULTS: readonly Fault[] = [...EXECUTOR_FAULTS, ...DRIVER_FAULTS, ...SERVER_FAULTS];

/** Between the beginnings of two faults: often before the one before is over, and now and then after. */
const GAP_MAX_MS = 4_000;
/** At once. With more, hardly anything is ever done between them. */
const FAULTS_AT_ONCE_MAX = 5;

/** `tell` hears of each fault as it begins. A fault that cannot be mended rejects. */
export function createFaultStorm(
  cluster: SoakCluster,
  dice: Dice,
  signal: AbortSignal,
  tell: (text: string) => void,
): FaultStorm {
  const { clock, drivers, executors } = cluster;
  const touched = new Set<string>();
  const running = new Set<Promise<void>>();
  const counts = new Map<string, number>();
  const endings: string[] = [];
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {}); // nobody may be waiting
  const isIdle = (name: string) => !touched.has(name);

  function draw(): { kind: string; trouble: Trouble } | null {
    const fault = weighted(dice);
    const trouble = fault.begin({
      ...{ cluster, dice, tell },
      idleExecutors: executors.ids().filter(isIdle),
      idleDrivers: drivers.flatMap(({ name }, index) => (isIdle(name) ? index : [])),
      serversIdle: isIdle(SERVERS),
      wait: (ms) => clock.delay(ms, signal),
    });
    return trouble && { kind: fault.kind, trouble };
  }
  function begin(kind: string, { text, touches, run }: Trouble): void {
    tell(text);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    for (const name of touches) touched.add(name);
    const done = run()
      .then(() => tell(`over: ${text}`), failed.reject)
      .finally(() => {
        for (const name of touches) touched.delete(name);
        running.delete(done);
      });
    running.add(done);
  }
  /** What a supervisor would do about processes that ended by themselves. */
  async function mend(): Promise<void> {
    for (const slot of drivers) {
      const ending = slot.ending();
      if (ending === undefined || !isIdle(slot.name)) continue;
      report(slot.name, ending, slot.log());
      await startDriver(cluster, slot);
    }
    for (const id of executors.ids().filter(isIdle)) {
      const ending = executors.endingOf(id);
      if (ending === undefined) continue;
      report(id, ending, executors.logOf(id));
      await executors.kill(id);
      await addExecutor(cluster);
    }
  }
  function report(name: string, ending: string, log: string): void {
    endings.push(`${name}: ${ending}`);
    tell(`${name} ended by itself (${ending}), its last words:\n${log}`);
  }

  return {
    counts,
    endings,
    async rage(untilMs) {
      while (clock.monotonic() < untilMs) {
        await Promise.race([clock.delay(dice.between(0, GAP_MAX_MS), signal), failed.promise]);
        await mend();
        const drawn = running.size < FAULTS_AT_ONCE_MAX ? draw() : null;
        if (drawn) begin(drawn.kind, drawn.trouble);
      }
    },
    async over() {
      await Promise.race([Promise.all(running), failed.promise]);
      await mend();
    },
  };
}

function weighted(dice: Dice): Fault {
  return dice.oneOf(FAULTS.flatMap((fault) => new Array<Fault>(fault.weight).fill(fault)));
}
