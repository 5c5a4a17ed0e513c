import { locationOf, type SelectNode } from '../ast.ts';
import { type CompilerContext, refuse } from './compiler-context.ts';
import { orderedByAll, orderRelation } from './order-relation.ts';
import { inOrder } from './prune.ts';
import { inputsOf, type Relation } from './relation.ts';
import { selectRelation } from './select-relation.ts';
import { setRelation } from './set-relation.ts';

/** A relation with the names that a query gives its columns, in order. Columns themselves have distinct names. */
export type QueryRelation = { relation: Relation; names: string[] };

/** A whole query. The same one, as WITH may name it twice, is one relation. */
export async function queryRelation(context: CompilerContext, node: SelectNode): Promise<QueryRelation> {
  const known = context.known.get(node);
  if (known) return known;
  const made = await makeRelation(context, node);
  context.known.set(node, made);
  const owner = context.owners.get(node);
  if (owner) for (const one of inOrder(made.relation)) one.owner ??= owner;
  const view = context.viewNames.get(node);
  // Sources are everybody's. Views within views have marked theirs.
  if (view !== undefined) for (const one of inOrder(made.relation)) if (inputsOf(one).length > 0) one.view ??= view;
  // A view of a job whose outputs come and go is computed as it stands, whoever reads it, so that its state can stay.
  if (owner?.kind === 'view' || (context.references.get(node) ?? 0) > 1) context.shared.add(made.relation);
  return made;
}

async function makeRelation(context: CompilerContext, node: SelectNode): Promise<QueryRelation> {
  if (node.type === 'SELECT_NODE') return selectRelation(context, node);
  if (node.type === 'SET_OPERATION_NODE') {
    const { relation, names } = await setRelation(context, node);
    return { relation: await orderRelation(context, relation, orderedByAll(node, names.length), names), names };
  }
  return refuse(`${node.type} is not supported.`, 'Write a SELECT over the sources.', locationOf(node));
}
