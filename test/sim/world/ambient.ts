import { runningProcess } from './scheduler.ts';

type Ambient = Record<string, (...args: unknown[]) => unknown>;

const FORBIDDEN: [owner: object, name: string][] = [
  [Date, 'now'],
  [performance, 'now'],
  [Math, 'random'],
  [globalThis, 'setTimeout'],
  [globalThis, 'setInterval'],
  [globalThis, 'setImmediate'],
  [AbortSignal, 'timeout'],
];

let forbidden = false;

/** From now on code of a simulated process that takes time or randomness from its surroundings fails: it would not replay. */
export function forbidAmbient(): void {
  if (forbidden) return;
  forbidden = true;
  for (const [owner, name] of FORBIDDEN) {
    const real = (owner as Ambient)[name]!;
    Object.defineProperty(owner, name, {
      configurable: true,
      writable: true,
      value: (...args: unknown[]) => {
        const process = runningProcess();
        if (process) throw new Error(`${process.name} called ${name}(): hand it in`);
        return real.apply(owner, args);
      },
    });
  }
}
