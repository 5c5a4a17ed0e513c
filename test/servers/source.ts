import { MillraceError } from '@millrace/shared/errors';

/** One way to come by a server. `find` resolves to undefined when this machine does not offer it. */
export type Source<T> = { name: string; find(): Promise<T | undefined> };

/**
 * The first source that has it. One that was there but failed (a fetch without network) does not stop the next; when none
 * is left the error tells what each said, and `remedy` how to get one.
 */
export async function firstSource<T>(what: string, sources: readonly Source<T>[], remedy: string): Promise<T> {
  const reasons: string[] = [];
  for (const source of sources) {
    try {
      const found = await source.find();
      if (found !== undefined) return found;
      reasons.push(`${source.name}: not here`);
    } catch (error) {
      reasons.push(`${source.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new MillraceError('INVALID_CONFIG', `no ${what} to be had:\n  ${reasons.join('\n  ')}`, { hint: remedy });
}
