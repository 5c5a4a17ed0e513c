import { styleText } from 'node:util';
import type { CliContext, Output } from '../cli-context.ts';

type Paint = (text: string) => string;
export type Style = { bold: Paint; dim: Paint; red: Paint; green: Paint; yellow: Paint; cyan: Paint };

const plain: Paint = (text) => text;

/** No colours at all. */
export const PLAIN: Style = { bold: plain, dim: plain, red: plain, green: plain, yellow: plain, cyan: plain };

const paint =
  (format: keyof Style): Paint =>
  (text) =>
    text === '' ? text : styleText(format, text, { validateStream: false });

const COLOURED: Style = {
  bold: paint('bold'),
  dim: paint('dim'),
  red: paint('red'),
  green: paint('green'),
  yellow: paint('yellow'),
  cyan: paint('cyan'),
};

/** Colours on a terminal only. NO_COLOR (any text) turns them off, FORCE_COLOR turns them on elsewhere. */
export function styleFor(output: Output, env: CliContext['env']): Style {
  if (env.NO_COLOR) return PLAIN;
  const forced = env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '' && env.FORCE_COLOR !== '0';
  return forced || output.isTerminal ? COLOURED : PLAIN;
}
