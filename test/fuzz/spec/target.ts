import type { FuzzTarget } from '../fuzz-target.ts';
import { checkSpec } from './check-spec.ts';
import { mutateSpec } from './mutate-spec.ts';

/** A text in, a spec or problems out. */
export const target: FuzzTarget = { name: 'spec', mutate: mutateSpec, check: checkSpec };
