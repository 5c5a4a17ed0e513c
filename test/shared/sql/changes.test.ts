import { CHANGES_CASES } from './changes-cases.ts';
import { differentialTests } from './differential-tests.ts';
import { SMALL_CHANGES, SMALL_VERSIONS } from './small-changes.ts';
import { SMALL_RELATIONS } from './small-relations.ts';
import { TEMPORAL_CASES } from './temporal-cases.ts';

differentialTests([...CHANGES_CASES, ...TEMPORAL_CASES], [...SMALL_RELATIONS, ...SMALL_CHANGES, ...SMALL_VERSIONS]);
