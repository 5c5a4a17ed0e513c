import { createHash } from 'node:crypto';
import type { Owner } from './relations/relation.ts';

/** Hex digits that keep operators of one job apart; ids stand in table names, so they are short. */
const OPERATOR_DIGEST_LETTERS = 8;

export const sha256 = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');

/** `<kind>_<digest>`: the same for the same facts, in every compile. */
export const operatorId = (kind: string, facts: unknown): string =>
  `${kind}_${sha256(facts).slice(0, OPERATOR_DIGEST_LETTERS)}`;

/** The id of an operator that belongs to someone, as equal ones of others may come and go. */
export const ownedId = (id: string, { kind, name }: Owner): string =>
  operatorId(id.slice(0, id.indexOf('_')), [id, kind, name]);
