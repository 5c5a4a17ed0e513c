import type { Draws } from './draws.ts';

const CENTS_MIN = 100;
const MAGNITUDES = 6;

/** Between 1 and a million dollars, each magnitude as often as any other. Cents. */
export function drawPrice(draws: Draws): number {
  return Math.round(10 ** (draws.share() * MAGNITUDES) * CENTS_MIN);
}
