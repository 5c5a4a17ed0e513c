import { EXISTED_COLUMN, KEY_HASH_COLUMN, PARTITION_COLUMN, WEIGHT_COLUMN } from '../../plan/index.ts';
import { identifier } from '../quote.ts';

// The columns that operators give rows of their own, quoted.

export const PARTITION = identifier(PARTITION_COLUMN);
export const WEIGHT = identifier(WEIGHT_COLUMN);
export const EXISTED = identifier(EXISTED_COLUMN);
export const KEY_HASH = identifier(KEY_HASH_COLUMN);
