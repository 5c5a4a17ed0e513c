import { withFurther } from '@millrace/shared/spec';
import { compileSpecText, openDuckDbFrontend, type SpecTextCompiled } from '@millrace/shared/sql';
import type { CliContext } from '../cli-context.ts';
import type { SpecFile } from './read-spec-file.ts';

/** All that can be checked without a driver and without Kafka: the spec, then its SQL. */
export async function compileSpecFile(
  { env }: CliContext,
  { text, fileName, problems }: SpecFile,
): Promise<SpecTextCompiled> {
  const frontend = await openDuckDbFrontend();
  try {
    const compiled = await compileSpecText(text, fileName, frontend, { environment: env });
    if (problems.length === 0) return compiled;
    return { ok: false, problems: withFurther(problems, compiled.ok ? [] : compiled.problems) };
  } finally {
    frontend.close();
  }
}
