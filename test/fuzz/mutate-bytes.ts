import type { Dice } from '../sim/world/random.ts';

/** An input may grow to this by repetition. Bytes. */
const GROWN_BYTES_MAX = 256 * 1024;
const INTERESTING = [0x00, 0x01, 0x7f, 0x80, 0xff, 0x0a, 0x20, 0x22, 0x7b, 0x7d];

type Step = (bytes: Buffer, dice: Dice) => Buffer;

const position = (bytes: Buffer, dice: Dice) => dice.between(0, Math.max(0, bytes.length - 1));

function piece(bytes: Buffer, dice: Dice): Buffer {
  const start = position(bytes, dice);
  return bytes.subarray(start, start + dice.between(1, dice.chance(0.8) ? 16 : 4_096));
}

function insert(bytes: Buffer, more: Buffer, dice: Dice): Buffer {
  const at = position(bytes, dice);
  return Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)]);
}

function changed(bytes: Buffer, change: (copy: Buffer, at: number) => void, dice: Dice): Buffer {
  if (bytes.length === 0) return bytes;
  const copy = Buffer.from(bytes);
  change(copy, position(bytes, dice));
  return copy;
}

const STEPS: readonly Step[] = [
  (bytes, dice) =>
    changed(
      bytes,
      (copy, at) => {
        copy[at]! ^= 1 << dice.between(0, 7);
      },
      dice,
    ),
  (bytes, dice) =>
    changed(
      bytes,
      (copy, at) => {
        copy[at] = dice.oneOf(INTERESTING);
      },
      dice,
    ),
  (bytes, dice) =>
    changed(
      bytes,
      (copy, at) => copy.fill(dice.oneOf(INTERESTING), at, Math.min(copy.length, at + dice.between(1, 12))),
      dice,
    ),
  (bytes, dice) => insert(bytes, piece(bytes, dice), dice),
  (bytes, dice) => insert(bytes, Buffer.alloc(dice.between(1, 12), dice.oneOf(INTERESTING)), dice),
  (bytes, dice) => {
    const start = position(bytes, dice);
    return Buffer.concat([bytes.subarray(0, start), bytes.subarray(start + dice.between(1, 32))]);
  },
  (bytes, dice) => bytes.subarray(0, position(bytes, dice)),
  (bytes, dice) => {
    const repeated = piece(bytes, dice);
    const times = dice.between(1, Math.max(1, Math.floor(GROWN_BYTES_MAX / Math.max(1, repeated.length) / 8)));
    return insert(bytes, Buffer.concat(Array.from({ length: times }, () => repeated)), dice);
  },
];

/** A few random changes: bits, bytes, pieces that are repeated, moved, removed. */
export function mutateBytes(bytes: Buffer, dice: Dice, steps = dice.between(1, 4)): Buffer {
  let mutated = bytes;
  for (let step = 0; step < steps; step++) {
    // Repetition is the dearest and the least telling.
    const index = dice.chance(0.02) ? STEPS.length - 1 : dice.between(0, STEPS.length - 2);
    mutated = STEPS[index]!(mutated, dice);
  }
  return mutated;
}
