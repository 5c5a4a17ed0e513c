import type { Column } from '../../plan/index.ts';
import type { JobSpec } from '../../spec/job-spec.ts';
import type { Expression, SelectNode } from '../ast.ts';
import { named, select, table } from '../ast-build.ts';
import type { SqlFrontend } from '../frontend.ts';
import { identifier } from '../quote.ts';
import type { Refusal } from '../refusal.ts';
import { selectText } from '../sql-text.ts';
import type { WindowScope } from '../windows.ts';
import type { Item, Owner, Relation, RelationColumn, SourceRelation } from './relation.ts';

/** What building the relations of a query needs to know of the job. */
export type CompilerContext = {
  spec: JobSpec;
  frontend: SqlFrontend;
  windows: WindowScope;
  /** Lower-case names of all columns and aliases; they come before values of the session. */
  columnNames: ReadonlySet<string>;
  /** Each source once, by lower-case name. */
  sources: Map<string, SourceRelation>;
  /** Queries that are named in several places are one relation. */
  known: Map<unknown, { relation: Relation; names: string[] }>;
  /** How often each query is read from a FROM clause. */
  references: ReadonlyMap<unknown, number>;
  /** Queries that are views of the spec, and what they are called. */
  viewNames: ReadonlyMap<unknown, string>;
  /** Relations that have several readers: what one reader leaves out the others need. */
  shared: Set<Relation>;
  /** Of jobs whose outputs have names: whose relations those of a query are. */
  owners: ReadonlyMap<unknown, Owner>;
};

/** Found while the relations are built: thrown, so that it need not be handed up through every expression. */
export class Refused extends Error {
  readonly refusals: Refusal[];
  constructor(...refusals: Refusal[]) {
    super(refusals.map(({ message }) => message).join(' '));
    this.refusals = refusals;
  }
}

export const refuse = (message: string, hint: string, location: number | null = null): never => {
  throw new Refused({ message, hint, location });
};

/** Relation that expressions are over, while their types are asked for. */
export const INPUT_NAME = '__input';

/** The columns of `items` over the columns of an input. Roles are the caller's to know. */
export async function describeItems(
  { frontend }: Pick<CompilerContext, 'frontend'>,
  input: readonly Column[],
  items: readonly Item[],
  more: { groups?: readonly Expression[] } = {},
): Promise<Column[]> {
  if (items.length === 0) return [];
  // Under names of their own: a name of the query may be one of the engine's, such as current_date.
  const list = items.map(({ expression }, index) => named(expression, `__item${index}`));
  const node = select(list, table(INPUT_NAME));
  const groups = more.groups ?? [];
  node.group_expressions = [...groups];
  node.group_sets = groups.length > 0 ? [groups.map((_, index) => index)] : [];
  const described = await frontend.describe([tableDdl(INPUT_NAME, input)], await selectText(node, frontend));
  if (described.ok) return described.columns.map(({ type }, index) => ({ name: items[index]!.name, type }));
  const hint = 'Simplify it; a subquery that looks at the query around it may only compare with its columns in WHERE.';
  return refuse(`A part of the query cannot be computed by itself: ${described.error.message.split('\n')[0]}`, hint);
}

/** The columns of a query that reads nothing but what it says itself. */
export async function describeQuery(
  { frontend }: Pick<CompilerContext, 'frontend'>,
  node: SelectNode,
): Promise<Column[]> {
  const described = await frontend.describe([], await selectText(node, frontend));
  if (described.ok) return described.columns;
  return refuse(described.error.message.split('\n')[0]!, 'VALUES hold constants.');
}

export function tableDdl(name: string, columns: readonly Column[]): string {
  const declared = columns.map((one) => `${identifier(one.name)} ${one.type}`);
  return `CREATE TABLE ${identifier(name)} (${declared.length > 0 ? declared.join(', ') : '__nothing BOOLEAN'})`;
}

export const withoutRoles = (columns: readonly Column[]): RelationColumn[] =>
  columns.map((column) => ({ ...column, role: null }));
