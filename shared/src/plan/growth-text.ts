import { roughSize } from '../spec/quantities.ts';
import type { JobPlan } from './job-plan.ts';
import type { GrowthNote } from './plan-notes.ts';

/** So many rows of each kind are told the size of. */
const EXAMPLE_ROWS = 1_000_000;

/** The warnings of a plan, with what the state that they speak of takes, and what would make it end. */
export function tellingWarnings({ warnings, notes }: Pick<JobPlan, 'warnings' | 'notes'>): string[] {
  return warnings.map((warning) => {
    const note = notes?.growth.find((one) => one.warning === warning);
    return note === undefined ? warning : `${warning} ${growthText(note)} ${note.remedy}`;
  });
}

function growthText({ rows }: GrowthNote): string {
  const each = rows.map(
    ({ of, memoryBytes, storedBytes }) =>
      `about ${memoryBytes} bytes in memory and ${storedBytes} in the store for each ${of}`,
  );
  const total = (bytes: 'memoryBytes' | 'storedBytes') =>
    roughSize(rows.reduce((sum, one) => sum + one[bytes], 0) * EXAMPLE_ROWS);
  const million = rows.length === 1 ? '1 million' : '1 million of each';
  return `It takes ${each.join(', ')}: ${million} are about ${total('memoryBytes')} on the executors and ${total('storedBytes')} in the store.`;
}
