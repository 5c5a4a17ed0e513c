import { type Document, Lexer, LineCounter, parseDocument, type YAMLError, YAMLParseError } from 'yaml';
import type { SpecProblem } from './job-spec.ts';

/** Counted from 1. */
export type Position = { line: number; column: number };

export type YamlText = {
  document: Document.Parsed;
  positionAt: (offset: number) => Position;
  problems: SpecProblem[];
};

/**
 * Of all tables of a spec. They travel with the spec and with the plan, in one message of 64 MiB at most, lie in the store
 * with the job, and every lane holds them in memory: what is larger belongs into a topic.
 */
export const TABLES_BYTES_MAX = 4 * 1024 * 1024;

/**
 * A spec is written by a person, who needs less than 1 MiB, beside tables, which quoting may make twice as long. A text beyond
 * this is no spec, and parsing it would stall the driver.
 */
export const SPEC_TEXT_BYTES_MAX = 1024 * 1024 + 2 * TABLES_BYTES_MAX;

/** Pieces that YAML sees in a text, some five a value. Each costs the parser microseconds, in which a driver does nothing else. */
const PIECES_MAX = 100_000;

/** Parses YAML (of which JSON is a part) with every syntax error at its place. A `.json` file must be strict JSON. */
export function readYamlText(text: string, fileName: string): YamlText {
  const lines = new LineCounter();
  const document = parse(text, fileName, lines);
  const positionAt = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  // One slip often makes the parser stumble several times on one line: the first stumble is the one to read.
  const perLine = new Map<number, SpecProblem>();
  for (const error of [...document.errors, ...document.warnings]) {
    const bare = text.startsWith('${', error.pos[0] - 1);
    const problem = { path: '', ...(bare ? BARE_REFERENCE : describe(error)), ...positionAt(error.pos[0]) };
    if (!perLine.has(problem.line)) perLine.set(problem.line, problem);
    // Its brace opens a map that is never closed: everything behind it is misread.
    if (bare) break;
  }
  return { document, positionAt, problems: [...perLine.values()] };
}

function parse(text: string, fileName: string, lineCounter: LineCounter): Document.Parsed {
  const options = {
    lineCounter,
    prettyErrors: false,
    // The check of `yaml` compares every key with every other; spec-source.ts finds duplicates with a set.
    uniqueKeys: false,
    schema: fileName.toLowerCase().endsWith('.json') ? 'json' : 'core',
  } as const;
  try {
    return parseDocument(text, options);
  } catch (error) {
    // The parser bounds how deep brackets nest, not `a: a: a:`, for which the stack is the bound.
    if (!(error instanceof RangeError)) throw error;
    const empty = parseDocument('', options);
    empty.errors.push(new YAMLParseError([0, 0], 'RESOURCE_EXHAUSTION', error.message));
    return empty;
  }
}

export function tooLong(text: string): SpecProblem | undefined {
  const bytes = Buffer.byteLength(text);
  const isLong = bytes > SPEC_TEXT_BYTES_MAX;
  if (!isLong && !hasTooManyPieces(text)) return undefined;
  const message = isLong
    ? `the spec has ${bytes} bytes; at most ${SPEC_TEXT_BYTES_MAX} are read`
    : `the spec has more than ${PIECES_MAX} keys, values, brackets and lines`;
  return { path: '', message, hint: 'Is this the right file?', line: null, column: null };
}

function hasTooManyPieces(text: string): boolean {
  const pieces = new Lexer().lex(text);
  for (let left = PIECES_MAX; left > 0; left--) if (pieces.next().done) return false;
  return true;
}

type Description = { message: string; hint: string };

const BARE_REFERENCE: Description = {
  message: 'within { } and [ ] a reference to a variable needs quotes',
  hint: `Write "\${NAME}".`,
};

const COLON_MISSING: Description = {
  message: 'a ":" is missing after this key',
  hint: 'Write "key: value", with a space after the colon.',
};

const COMMA_MISSING: Description = {
  message: 'a comma is missing before this',
  hint: 'Separate the items between { } or [ ] with commas.',
};

const QUOTE_OPEN: Description = {
  message: 'a quoted text is not closed',
  hint: 'Close it with the quote it was opened with.',
};

const TAG: Description = { message: 'tags are not supported', hint: 'Put a text that starts with "!" in quotes.' };

const DESCRIPTIONS: Partial<Record<YAMLError['code'], Description>> = {
  TAB_AS_INDENT: { message: 'a tab cannot indent', hint: 'Indent with spaces.' },
  BAD_SCALAR_START: { message: 'a value cannot start with this character', hint: 'Put the value in quotes.' },
  BAD_DQ_ESCAPE: {
    message: 'there is no such escape in a double-quoted text',
    hint: 'Double the backslash, or use single quotes, where nothing is escaped.',
  },
  BLOCK_AS_IMPLICIT_KEY: {
    message: 'a key and a value where only a value can be',
    hint: 'Put a text that holds ": " in quotes, and nested keys on lines of their own, indented.',
  },
  MULTIPLE_DOCS: { message: 'a second document starts here', hint: 'One file holds one job: remove the "---" line.' },
  TAG_RESOLVE_FAILED: {
    message: 'a text without quotes',
    hint: 'In a .json file every key and every text stands in double quotes.',
  },
  MULTILINE_IMPLICIT_KEY: COLON_MISSING,
  RESOURCE_EXHAUSTION: { message: 'the spec is nested too deeply', hint: 'A job needs a few levels only.' },
  BAD_INDENT: {
    message: 'the indentation fits nothing above, or a bracket is not closed',
    hint: 'Keys of one map start in one column; close every { and [.',
  },
};

function describe({ code, message }: { code: YAMLError['code']; message: string }): Description {
  if (code === 'MISSING_CHAR' && message.includes('quote')) return QUOTE_OPEN;
  if (code === 'MISSING_CHAR' && message.includes(',')) return COMMA_MISSING;
  if (code === 'MISSING_CHAR' && message.startsWith('Implicit map keys')) return COLON_MISSING;
  if (code === 'TAG_RESOLVE_FAILED' && message.startsWith('Unresolved tag')) return TAG;
  const known = DESCRIPTIONS[code];
  // The parser's own words may quote the text, and with it a secret: only these codes are known not to.
  return (
    known ?? {
      message: `not valid YAML (${code.toLowerCase().replaceAll('_', ' ')})`,
      hint: 'Check quotes, colons and indentation here.',
    }
  );
}
