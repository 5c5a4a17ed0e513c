import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { MillraceError } from '@millrace/shared/errors';

export type DemoOptions = {
  /** Payments are made for so long; the executor dies in the middle. */
  paySeconds: number;
  /** Payments go on until Ctrl-C; then comes the check. */
  keep: boolean;
  /** Lines instead of a panel, also on a terminal. */
  plain: boolean;
  recordsPerSecond: number;
  lanes: number;
};

const PAY_SECONDS_DEFAULT = 40;
const PAY_SECONDS_SHORT = 10;
const PAY_SECONDS_MAX = 3_600;
const RECORDS_PER_SECOND_PER_CORE = 5_000;
/** Beyond, a laptop's fan is all there is to hear. */
const RECORDS_PER_SECOND_MAX = 40_000;

export const USAGE = `npm run demo -- [options]
  --seconds <n>   payments are made for so long (default ${PAY_SECONDS_DEFAULT})
  --short         ${PAY_SECONDS_SHORT} seconds: the whole show in less time
  --keep          payments go on until Ctrl-C; then comes the check
  --plain         lines instead of the live panel
  --help`;

/** Null: help was asked for. INVALID_ARGUMENT for what it does not know. */
export function parseDemoOptions(args: readonly string[], cores: number = availableParallelism()): DemoOptions | null {
  const values = parse(args);
  if (values.help) return null;
  const seconds = Number(values.seconds ?? (values.short ? PAY_SECONDS_SHORT : PAY_SECONDS_DEFAULT));
  if (!(seconds >= 5 && seconds <= PAY_SECONDS_MAX)) {
    throw new MillraceError('INVALID_ARGUMENT', `--seconds takes a number from 5 to ${PAY_SECONDS_MAX}`, {
      hint: USAGE,
    });
  }
  return {
    paySeconds: seconds,
    keep: values.keep === true,
    plain: values.plain === true,
    recordsPerSecond: Math.min(RECORDS_PER_SECOND_MAX, cores * RECORDS_PER_SECOND_PER_CORE),
    lanes: Math.max(1, Math.floor(cores / 4)),
  };
}

function parse(args: readonly string[]) {
  const flag = { type: 'boolean' } as const;
  try {
    const options = { seconds: { type: 'string' }, short: flag, keep: flag, plain: flag, help: flag } as const;
    return parseArgs({ args: [...args], options }).values;
  } catch (cause) {
    throw new MillraceError('INVALID_ARGUMENT', (cause as Error).message, { hint: USAGE, cause });
  }
}
