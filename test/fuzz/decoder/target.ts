import type { FuzzTarget } from '../fuzz-target.ts';
import { checkDecoding } from './check-decoding.ts';
import { mutateRecordSet } from './mutate-record-set.ts';

/** Record batches in, records or an error out. */
export const target: FuzzTarget = { name: 'decoder', mutate: mutateRecordSet, check: checkDecoding };
