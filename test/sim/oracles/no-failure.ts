import { toMillraceError } from '@millrace/shared/errors';
import { demand, type Oracle } from './oracle.ts';

/** Faults pause a job, they do not end it; and no error is a bug of Millrace itself. */
export const noFailure: Oracle = {
  name: 'the job never fails',
  beforeStep(_evidence, { method, args }) {
    if (method !== 'setStatus') return;
    const { observed, failureJson } = args[2];
    demand(observed !== 'failed', () => `the job failed: ${failureJson}`);
  },
  onRefused(method, thrown) {
    const { code, message } = toMillraceError(thrown);
    const isExpected = code === 'STALE_DRIVER_EPOCH' || code === 'STORE_UNAVAILABLE';
    demand(isExpected, () => `the store refused ${method}: ${message}`);
  },
  onLog({ code, message }) {
    demand(code !== 'INTERNAL', () => `a process met a bug: ${message}`);
  },
};
