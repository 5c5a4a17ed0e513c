import { parseArgs } from 'node:util';

export type SoakOptions = { minutes: number; seed: number };

export const USAGE = `npm run soak -- [options]

Runs a ledger of accounts and transfers through three jobs on a cluster of real processes, kills, pauses and restarts
what can be, and holds every committed batch, and in the end all output, against the ledger itself.

  --minutes N   how long faults go on (5); the end takes a minute more
  --seed S      what is transferred and what goes wrong (drawn, and told)
  --help        this text

Ends with a line that begins with VERDICT. Exit code 0: every promise kept; 1: one was broken, and the script of faults
and the ends of all logs are shown; 2: wrong usage. A seed draws the same faults again, but their moments are those of
real processes: it is not a replay.`;

const OPTIONS = {
  minutes: { type: 'string', default: '5' },
  seed: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

/** Seeds that are drawn: short enough to be typed. */
const SEED_DRAWN_MAX = 1_000_000;

/** `help`: only the usage is wanted. Throws an Error that names the option. */
export function parseSoakOptions(args: readonly string[]): SoakOptions | 'help' {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  if (values.help) return 'help';
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) throw new Error(`--minutes: '${values.minutes}' is not a number of minutes`);
  const seed = values.seed === undefined ? Math.floor(Math.random() * SEED_DRAWN_MAX) : Number(values.seed);
  if (!Number.isSafeInteger(seed) || seed < 0) throw new Error(`--seed: '${values.seed}' is not a whole number`);
  return { minutes, seed };
}
