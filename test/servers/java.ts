import { join } from 'node:path';
import { MillraceError } from '@millrace/shared/errors';
import { onPath, runCommand } from './command.ts';

/** Kafka 4 brokers need it. */
const JAVA_MAJOR_MIN = 17;

/** A Java new enough for Kafka: JAVA_HOME's, else the one on PATH. INVALID_CONFIG when there is none. */
export async function findJava(): Promise<string> {
  const home = process.env.JAVA_HOME;
  const java = home === undefined || home === '' ? onPath('java') : join(home, 'bin/java');
  if (java === undefined) throw new MillraceError('INVALID_CONFIG', `no Java; Kafka needs Java ${JAVA_MAJOR_MIN}`);
  const shown = await runCommand(java, ['-version']);
  const major = javaMajor(shown);
  if (major >= JAVA_MAJOR_MIN) return java;
  throw new MillraceError('INVALID_CONFIG', `${java} is Java ${major}; Kafka needs ${JAVA_MAJOR_MIN} or newer`);
}

/** The major version in what `java -version` prints; 0 when it says something else. */
export function javaMajor(shown: string): number {
  const [, first, second] = /version "(\d+)(?:\.(\d+))?/.exec(shown) ?? [];
  return Number((first === '1' ? second : first) ?? 0);
}
