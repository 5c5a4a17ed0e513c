import { compileSpecText, openDuckDbFrontend, type SpecTextCompiled } from '@millrace/shared/sql';
import type { CliContext } from '../cli-context.ts';
import type { SpecFile } from './read-spec-file.ts';

/** All that can be checked without a driver and without Kafka: the spec, then its SQL. */
export async function compileSpecFile({ env }: CliContext, { text, fileName }: SpecFile): Promise<SpecTextCompiled> {
  const frontend = await openDuckDbFrontend();
  try {
    return await compileSpecText(text, fileName, frontend, { environment: env });
  } finally {
    frontend.close();
  }
}
