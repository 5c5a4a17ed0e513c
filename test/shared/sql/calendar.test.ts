import { BATCH_TIME_CASES, CALENDAR_CASES, DATED_RELATIONS } from './calendar-cases.ts';
import { differentialTests } from './differential-tests.ts';

differentialTests([...CALENDAR_CASES, ...BATCH_TIME_CASES], DATED_RELATIONS);
