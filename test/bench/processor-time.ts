import { readFileSync } from 'node:fs';

/** Of the clock that /proc counts processor time in, on every Linux there is. */
const TICKS_PER_SECOND = 100;
/** utime and stime, counted after the command's name, which may hold blanks. */
const UTIME = 11;
const STIME = 12;

/** Processor time that a process has used, user and system, ms. NaN where there is no /proc or no such process. */
export function processorMs(pid: number | undefined): number {
  if (pid === undefined) return Number.NaN;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return ((Number(fields[UTIME]) + Number(fields[STIME])) * 1_000) / TICKS_PER_SECOND;
  } catch {
    return Number.NaN;
  }
}

/** Resident set of a process, bytes. NaN as above. */
export function residentBytes(pid: number): number {
  try {
    const match = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return Number(match?.[1]) * 1024;
  } catch {
    return Number.NaN;
  }
}
