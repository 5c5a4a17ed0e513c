import { quoteName } from '../compute/sql-text.ts';

// Where the pending rows of an attempt are while another attempt uses the table that its statements made.

export const moveAside = (pendingRelation: string, aside: string): string =>
  `ALTER TABLE ${quoteName(pendingRelation)} RENAME TO ${aside}`;

/** The plan's statements can replace it as before. */
export const bringBack = (pendingRelation: string, aside: string): string[] => [
  `DROP TABLE IF EXISTS ${quoteName(pendingRelation)}`,
  `ALTER TABLE ${aside} RENAME TO ${quoteName(pendingRelation)}`,
];
