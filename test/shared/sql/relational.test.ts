import { differentialTests } from './differential-tests.ts';
import { RELATIONAL_CASES } from './relational-cases.ts';

differentialTests(RELATIONAL_CASES);
