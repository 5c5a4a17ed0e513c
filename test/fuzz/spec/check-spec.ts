import assert from 'node:assert/strict';
import {
  formatSpecProblems,
  type JobSpec,
  parseSpec,
  redactSpec,
  type SpecProblem,
  writtenSpec,
} from '@millrace/shared/spec';

/** The command line answers at once; what takes longer is a way to make a driver stand still. */
const PARSE_MS_MAX = 5_000;

const ENVIRONMENT = { A: 'value of a', USER: 'x: {y', EMPTY: '' };

/** A text is a spec, which says the same when it is written down again, or has problems that a person can be shown. */
export function checkSpec(input: Buffer): void {
  const text = input.toString('utf8');
  // Only where it may make a difference.
  for (const fileName of text.trimStart().startsWith('{') ? ['job.yaml', 'job.json'] : ['job.yaml']) {
    for (const environment of text.includes('$') ? [ENVIRONMENT, undefined] : [undefined]) {
      const startedMs = performance.now();
      const parsed = parseSpec(text, fileName, environment ? { environment } : {});
      const tookMs = performance.now() - startedMs;
      assert.ok(tookMs < PARSE_MS_MAX, `it took ${Math.round(tookMs)} ms`);
      if (parsed.ok) assertSaysTheSame(parsed.spec);
      else assertCanBeShown(parsed.problems, text, fileName);
      assert.equal(({} as Record<string, unknown>).polluted, undefined);
    }
  }
}

function assertSaysTheSame(spec: JobSpec): void {
  const again = parseSpec(writtenSpec(spec), 'written.yaml');
  assert.ok(again.ok, JSON.stringify(again));
  assert.deepEqual(again.spec, spec);
  redactSpec(spec);
}

function assertCanBeShown(problems: readonly SpecProblem[], text: string, fileName: string): void {
  assert.ok(problems.length > 0, 'neither a spec nor a problem');
  const lines = text.split('\n').length;
  for (const { message, line, column } of problems) {
    assert.notEqual(message, '');
    if (line !== null) assert.ok(line >= 1 && line <= lines + 1, `line ${line} of ${lines}`);
    if (column !== null) assert.ok(column >= 1, `column ${column}`);
  }
  formatSpecProblems(problems, text, fileName);
}
