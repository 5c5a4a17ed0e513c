import { fileURLToPath } from 'node:url';
import { target as decoder } from './decoder/target.ts';
import type { FuzzTarget } from './fuzz-target.ts';
import { target as spec } from './spec/target.ts';

export const TARGETS: readonly FuzzTarget[] = [decoder, spec];

export const targetModule = ({ name }: FuzzTarget): string =>
  fileURLToPath(new URL(`${name}/target.ts`, import.meta.url));
