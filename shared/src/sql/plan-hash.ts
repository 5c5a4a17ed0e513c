import { createHash } from 'node:crypto';

/** Hex digits that keep operators of one job apart; ids stand in table names, so they are short. */
const OPERATOR_DIGEST_LETTERS = 8;

export const sha256 = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');

/** `<kind>_<digest>`: the same for the same facts, in every compile. */
export const operatorId = (kind: string, facts: unknown): string =>
  `${kind}_${sha256(facts).slice(0, OPERATOR_DIGEST_LETTERS)}`;
