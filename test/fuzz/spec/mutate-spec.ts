import type { Dice } from '../../sim/world/random.ts';
import { mutateBytes } from '../mutate-bytes.ts';

/** What means something to YAML, JSON, the environment or JavaScript. */
const TOKENS = [
  '&a |*a|<<: *a|!!binary |!!js/function |!t |? |- |: |>-\n|--- |...\n|%YAML 1.1\n|{|}|[|]|"|\'|#|\t|\r|\0|\u2028|\ufeff|\ud800|😀|\\x|\\u0000|\u0085',
  '~|null|true|yes|.inf|.nan|0x7fffffffffffffff|1e999|-0|0o17|1_000|2024-01-01|1:30|5s|1d|-5s|99999999999999d|64MB',
  '@{|@{A}|@{A:-|@{A:-x}|@@{|@{A:-@{A}}|__proto__|constructor|toString|hasOwnProperty',
  'DECIMAL(38,38)|STRUCT(a |MAP(|[]|"a""b"|)))|(((((',
].flatMap((tokens) => ['|', ...tokens.replaceAll('@', '$').split('|')]);
/** Of a nest; deeper ones are stopped by the first bound. */
const NEST_MAX = 3_000;

type Step = (lines: string[], other: string[], dice: Dice) => string[];

const STEPS: readonly Step[] = [
  (lines, _, dice) => lines.toSpliced(lineAt(lines, dice), 1),
  (lines, _, dice) => lines.toSpliced(lineAt(lines, dice), 0, lines[lineAt(lines, dice)]!),
  (lines, other, dice) => lines.toSpliced(lineAt(lines, dice), dice.between(0, 3), ...someOf(other, dice)),
  (lines, _, dice) => changeLine(lines, dice, (line) => ' '.repeat(dice.between(0, 6)) + line.trimStart()),
  (lines, _, dice) => changeLine(lines, dice, (line) => insert(line, dice.oneOf(TOKENS), dice)),
  (lines, _, dice) => changeLine(lines, dice, (line) => line.replace(/:.*/, `: ${dice.oneOf(TOKENS)}`)),
  (lines, _, dice) => changeLine(lines, dice, (line) => line.replace(/[\w.]+/, dice.oneOf(TOKENS))),
  (lines, _, dice) => changeLine(lines, dice, (line) => insert(line, nest(dice), dice)),
  (lines, _, dice) =>
    changeLine(lines, dice, (line) => insert(line, dice.oneOf(TOKENS).repeat(dice.between(1, 2_000)), dice)),
];

const lineAt = (lines: readonly string[], dice: Dice) => dice.between(0, Math.max(0, lines.length - 1));

function someOf(lines: readonly string[], dice: Dice): string[] {
  const start = lineAt(lines, dice);
  return lines.slice(start, start + dice.between(1, 8));
}

function changeLine(lines: string[], dice: Dice, change: (line: string) => string): string[] {
  const at = lineAt(lines, dice);
  return lines.with(at, change(lines[at]!));
}

function insert(line: string, text: string, dice: Dice): string {
  const at = dice.between(0, line.length);
  return line.slice(0, at) + text + line.slice(at);
}

function nest(dice: Dice): string {
  const [open, close] = dice.oneOf([
    ['[', ']'],
    ['{a: ', '}'],
    ['STRUCT(a ', ')'],
    ['$\u{7b}A:-', '}'],
  ] as const);
  const depth = dice.between(1, NEST_MAX);
  return open.repeat(depth) + (dice.chance(0.5) ? close.repeat(depth) : '');
}

/** A spec as people get it wrong, and as those write it who want to see what happens. */
export function mutateSpec(corpus: readonly Buffer[], dice: Dice): Buffer {
  let lines = dice.oneOf(corpus).toString().split('\n');
  const other = dice.oneOf(corpus).toString().split('\n');
  for (let times = dice.between(1, 4); times > 0; times--) lines = dice.oneOf(STEPS)(lines, other, dice);
  const text = Buffer.from(lines.join('\n'));
  return dice.chance(0.15) ? mutateBytes(text, dice) : text;
}
