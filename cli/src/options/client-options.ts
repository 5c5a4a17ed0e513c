import type { OptionTable } from './option-table.ts';
import { DRIVER_ADDRESS } from './role-options.ts';
import { peerAddress } from './values.ts';

/** What commands that talk to a driver can be told. */
export const CLIENT_OPTIONS = {
  driver: {
    flag: '--driver <host:port>',
    env: 'MILLRACE_DRIVER',
    default: DRIVER_ADDRESS,
    description: 'the driver to talk to',
    parse: firstPeer,
  },
} as const satisfies OptionTable;

/** The variable may list several drivers, as executors take it. */
function firstPeer(text: string): string {
  return peerAddress(text.split(',')[0]!.trim());
}
