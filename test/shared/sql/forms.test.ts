import { differentialTests } from './differential-tests.ts';
import { FORM_CASES } from './form-cases.ts';

differentialTests(FORM_CASES);
