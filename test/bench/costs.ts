import type { BenchContext } from './bench-context.ts';
import type { Engine } from './engine.ts';
import { processorMs } from './processor-time.ts';

/** Where the time of a whole run went; start-up of the job included. */
export type CostReport = {
  /** Processor time of each process, ns for every record. */
  processorNsPerRecord: Record<string, number>;
  /** What tasks spent in each phase by the clock, lanes added up, ns for every record. */
  taskPhaseNsPerRecord: Record<string, number>;
};

/** Counts from here to `report`. */
export function startCosts({ kafkaServer, redisServer }: BenchContext, engine: Engine) {
  const pids: Record<string, number | undefined> = {
    driver: engine.driver.pid,
    executor: engine.executors[0]?.pid,
    kafka: kafkaServer.pids[0],
    redis: redisServer.pid,
  };
  const before = Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, processorMs(pid)]));
  return {
    async report(records: number): Promise<CostReport> {
      const spent = Object.entries(pids).map(([name, pid]): [string, number] => {
        return [name, ((processorMs(pid) - before[name]!) * 1e6) / records];
      });
      const phases = engine.executors[0] ? await taskPhases(engine.executors[0].health) : [];
      return {
        processorNsPerRecord: Object.fromEntries(spent.filter(([, ns]) => Number.isFinite(ns))),
        taskPhaseNsPerRecord: Object.fromEntries(phases.map(([phase, seconds]) => [phase, (seconds * 1e9) / records])),
      };
    },
  };
}

/** What tasks of an executor have spent in each phase since it started, by the clock, lanes added up. Seconds. */
export async function taskPhases(health: string): Promise<[string, number][]> {
  const text = await (await fetch(`${health}/metrics`)).text();
  const sums = text.matchAll(/^\S*task_phase_seconds_sum\{[^}]*phase="(\w+)"[^}]*\} (\S+)$/gm);
  return [...sums].map(([, phase, seconds]) => [phase!, Number(seconds)]);
}

/** The same since they were `before`, in ms for each of `count` batches or rounds. */
export async function taskPhasesSince(
  health: string,
  before: ReadonlyMap<string, number>,
  count: number,
): Promise<Record<string, number>> {
  const phases = await taskPhases(health);
  return Object.fromEntries(
    phases.map(([phase, seconds]) => [phase, ((seconds - (before.get(phase) ?? 0)) * 1_000) / count]),
  );
}
