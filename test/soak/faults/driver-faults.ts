import type { DriverSlot } from '../../e2e/support/driver-slot.ts';
import { startDriver } from '../start-again.ts';
import { AWAY_MAX_MS, type Fault, PAUSE_MS, type Surroundings, type Trouble } from './fault.ts';

/** A driver of which the other one is left alone: whether it leads or stands by. */
function onOne(
  { cluster, dice, idleDrivers }: Surroundings,
  trouble: (slot: DriverSlot) => Omit<Trouble, 'touches'>,
): Trouble | null {
  if (idleDrivers.length < cluster.drivers.length) return null;
  const slot = cluster.drivers[dice.oneOf(idleDrivers)]!;
  return { touches: [slot.name], ...trouble(slot) };
}

export const DRIVER_FAULTS: readonly Fault[] = [
  {
    kind: 'driver killed',
    weight: 4,
    begin: (at) =>
      onOne(at, (slot) => {
        const awayMs = at.dice.between(0, AWAY_MAX_MS);
        return {
          text: `${slot.name} is killed and started again after ${awayMs} ms`,
          run: async () => {
            await slot.kill();
            await at.wait(awayMs);
            await startDriver(at.cluster, slot);
          },
        };
      }),
  },
  {
    kind: 'driver paused',
    weight: 3,
    begin: (at) =>
      onOne(at, (slot) => {
        const pausedMs = at.dice.between(PAUSE_MS.min, PAUSE_MS.max);
        return {
          text: `${slot.name} stands still for ${pausedMs} ms`,
          run: async () => {
            slot.pause();
            await at.wait(pausedMs);
            slot.resume();
          },
        };
      }),
  },
  {
    kind: 'driver drained',
    weight: 2,
    begin: (at) =>
      onOne(at, (slot) => ({
        text: `${slot.name} is told to end and started again`,
        run: async () => {
          await slot.drain();
          await startDriver(at.cluster, slot);
        },
      })),
  },
  {
    kind: 'all drivers killed',
    weight: 1,
    begin: ({ cluster, idleDrivers }) => {
      const { drivers } = cluster;
      if (idleDrivers.length < drivers.length) return null;
      return {
        text: 'all drivers are killed and started again',
        touches: drivers.map(({ name }) => name),
        run: async () => {
          await Promise.all(drivers.map((slot) => slot.kill()));
          await Promise.all(drivers.map((slot) => startDriver(cluster, slot)));
        },
      };
    },
  },
];
