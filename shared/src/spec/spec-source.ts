import {
  isAlias,
  isCollection,
  isMap,
  isScalar,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { type Environment, expand } from './environment.ts';
import type { SpecProblem } from './job-spec.ts';
import { pathText, type SpecPath } from './spec-path.ts';
import { type Position, readYamlText, tooLong, type YamlText } from './yaml-text.ts';

/** A spec as plain data that still knows where everything was written. */
export type SpecSource = {
  value: unknown;
  /** By path text; the root is ''. */
  places: ReadonlyMap<string, Place>;
  /** Syntax errors, duplicate keys, variables that are not set. */
  problems: SpecProblem[];
};

export type Place = {
  /** Of the key; null for the root and for items of lists. */
  key: Position | null;
  value: Position;
  /** What a message may show of the value: for a text that uses variables the references, never their values. */
  written: string | null;
};

/** Values in a spec, what an alias stands for counted each time: aliases of aliases would otherwise grow into billions. */
const VALUES_MAX = 20_000;
/** Uses of aliases: finding what one stands for walks the whole text. */
const ALIASES_MAX = 200;
const DEPTH_MAX = 32;

/** Reads YAML or JSON. With an environment, `${NAME}` in values is replaced; without one, texts stay as they are. */
export function readSpecSource(text: string, fileName: string, environment?: Environment): SpecSource {
  const long = tooLong(text);
  if (long !== undefined) return { value: undefined, places: new Map(), problems: [long] };
  const yaml = readYamlText(text, fileName);
  if (yaml.problems.length > 0) return { value: undefined, places: new Map(), problems: yaml.problems };
  const walk: Walk = { text, yaml, environment, places: new Map(), problems: [], values: 0, aliases: 0 };
  const value = readNode(walk, yaml.document.contents, [], { key: null, value: { line: 1, column: 1 } });
  if (walk.values > VALUES_MAX || walk.aliases > ALIASES_MAX) {
    const message = `the spec is too large: more than ${VALUES_MAX} values, or more than ${ALIASES_MAX} uses of aliases`;
    return {
      value: undefined,
      places: new Map(),
      problems: [at(walk, [], message, 'What an alias stands for counts each time it is used.')],
    };
  }
  return { value, places: walk.places, problems: walk.problems };
}

type Walk = {
  text: string;
  yaml: YamlText;
  environment: Environment | undefined;
  places: Map<string, Place>;
  problems: SpecProblem[];
  values: number;
  aliases: number;
};

type Positions = { key: Position | null; value: Position };

function at(walk: Walk, path: SpecPath, message: string, hint: string, position?: Position): SpecProblem {
  const place = position ?? walk.places.get(pathText(path))?.value ?? { line: 1, column: 1 };
  return { path: pathText(path), message, hint, ...place };
}

function readNode(walk: Walk, node: Node | null, path: SpecPath, outer: Positions): unknown {
  if (++walk.values > VALUES_MAX) return undefined;
  const position = node?.range ? walk.yaml.positionAt(node.range[0]) : outer.value;
  const place: Place = { key: outer.key, value: position, written: null };
  walk.places.set(pathText(path), place);
  if (path.length > DEPTH_MAX) {
    walk.problems.push(at(walk, path, 'the spec is nested too deeply', `At most ${DEPTH_MAX} levels.`));
    return undefined;
  }
  if (isAlias(node)) {
    if (++walk.aliases > ALIASES_MAX) return undefined;
    const target = node.resolve(walk.yaml.document) as Node | undefined;
    if (target === undefined) {
      walk.problems.push(at(walk, path, 'this alias names no anchor', 'Put a text that starts with "*" in quotes.'));
    }
    const value = readNode(walk, target ?? null, path, { key: outer.key, value: position });
    // What is wrong with it at this path is shown at this path.
    place.written = walk.places.get(pathText(path))?.written ?? null;
    walk.places.set(pathText(path), place);
    return value;
  }
  if (isScalar(node)) return readScalar(walk, node, path, place);
  if (!isCollection(node)) return null;
  return isMap(node)
    ? readMap(walk, node as YAMLMap<Node, Node | null>, path)
    : readList(walk, node as YAMLSeq<Node>, path);
}

function readScalar(walk: Walk, node: Scalar, path: SpecPath, place: Place): unknown {
  if (typeof node.value !== 'string') return node.value;
  place.written = node.value;
  if (walk.environment === undefined) return node.value;
  const expansion = expand(node.value, walk.environment);
  if (expansion.references) {
    for (const problem of expansion.problems) {
      walk.problems.push(at(walk, path, problem.message, problem.hint, referencePosition(walk, node, problem.at)));
    }
  }
  return expansion.value;
}

/** Where the n-th reference of a scalar stands in the text; escapes and folding move offsets, the order stays. */
function referencePosition(walk: Walk, node: Scalar, offset: number): Position {
  const [start, end] = node.range!;
  const written = walk.text.slice(start, end);
  const before = String(node.value).slice(0, offset).split('${').length - 1;
  let found = written.indexOf('${');
  for (let n = 0; n < before && found >= 0; n++) found = written.indexOf('${', found + 2);
  return walk.yaml.positionAt(start + Math.max(0, found));
}

function readList(walk: Walk, node: YAMLSeq<Node>, path: SpecPath): unknown[] {
  const outer = { key: null, value: walk.yaml.positionAt(node.range![0]) };
  return node.items.map((item, index) => readNode(walk, item, [...path, index], outer));
}

function readMap(walk: Walk, node: YAMLMap<Node, Node | null>, path: SpecPath): Record<string, unknown> {
  const seen = new Map<string, Position>();
  const map: Record<string, unknown> = {};
  for (const pair of node.items) {
    if (walk.values > VALUES_MAX) break;
    const position = walk.yaml.positionAt(pair.key?.range?.[0] ?? node.range![0]);
    const key = keyText(walk, pair);
    if (key === undefined) {
      walk.problems.push(
        at(walk, path, 'a key must be a plain text', 'Write "key: value"; quote a key with odd characters.', position),
      );
      continue;
    }
    // What checks maps takes it for their prototype, and passes over it.
    if (key === '__proto__') {
      walk.problems.push(at(walk, [...path, key], 'nothing can be named "__proto__"', 'Rename it.', position));
      continue;
    }
    const first = seen.get(key);
    if (first !== undefined) {
      const message = `the key "${key}" is there twice; the first is in line ${first.line}`;
      walk.problems.push(at(walk, [...path, key], message, 'Remove one of them.', position));
      continue;
    }
    seen.set(key, position);
    map[key] = readNode(walk, pair.value, [...path, key], { key: position, value: position });
  }
  return map;
}

function keyText(walk: Walk, pair: Pair<Node, Node | null>): string | undefined {
  if (!isScalar(pair.key) || pair.key.value === null || !pair.key.range) return undefined;
  if (typeof pair.key.value === 'string') return pair.key.value;
  return walk.text.slice(pair.key.range[0], pair.key.range[1]);
}
