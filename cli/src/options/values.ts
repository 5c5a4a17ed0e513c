// Texts of flags and environment variables as values. Each throws an Error that says what was expected.

const DURATION_UNITS_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const SIZE_UNITS_BYTES = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
} as const;

/** `10s`, `500ms`, `1.5m` → milliseconds. */
export function durationMs(text: string): number {
  return Math.round(scaled(text, DURATION_UNITS_MS, 'a duration such as 500ms, 10s or 2m'));
}

/** `64MB`, `1.5GiB` → bytes. */
export function sizeBytes(text: string): number {
  return Math.round(scaled(text, SIZE_UNITS_BYTES, 'a size such as 64MB or 1GiB'));
}

/** A whole number from 1. */
export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || !Number.isSafeInteger(value)) {
    throw new Error(`'${text}' is not a whole number from 1`);
  }
  return value;
}

/** A whole number from 0. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) throw new Error(`'${text}' is not a whole number from 0`);
  return value;
}

export type Address = { host: string; port: number };

const PORT_MAX = 65_535;

/** `host:port`, `[v6]:port` or `:port` (all interfaces); port 0: any free one. */
export function address(text: string): Address {
  const match = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > PORT_MAX) throw new Error(`'${text}' is not an address such as 127.0.0.1:7070`);
  return { host: match[1] ?? (match[2] || '0.0.0.0'), port };
}

/** host:port of a peer, kept as text; the port is not 0. */
export function peerAddress(text: string): string {
  const { port } = address(text);
  if (port === 0 || text.startsWith(':')) throw new Error(`'${text}' is not an address that others can connect to`);
  return text;
}

/** Several peers, separated by commas. */
export function peerAddresses(text: string): string[] {
  return text.split(',').map((part) => peerAddress(part.trim()));
}

/** `redis://…` or `rediss://…` (TLS). The text itself is never repeated in the error: it may hold a password. */
export function redisUrl(text: string): string {
  if (!/^rediss?:\/\/\S+$/.test(text) || !URL.canParse(text)) {
    throw new Error('not a Redis URL such as redis://user:password@host:6379/0');
  }
  return text;
}

export function oneOf<const Choice extends string>(choices: readonly Choice[]): (text: string) => Choice {
  return (text) => {
    const choice = choices.find((candidate) => candidate === text);
    if (choice === undefined) throw new Error(`'${text}' is not one of ${choices.join(', ')}`);
    return choice;
  };
}

export function nonEmpty(text: string): string {
  if (text.trim() === '') throw new Error('must not be empty');
  return text;
}

function scaled(text: string, units: Readonly<Record<string, number>>, expected: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([A-Za-z]+)$/.exec(text.trim());
  const factor = match ? units[match[2]!] : undefined;
  if (!match || factor === undefined) throw new Error(`'${text}' is not ${expected}`);
  return Number(match[1]) * factor;
}
