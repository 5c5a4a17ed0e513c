import { type Expression, isFunction } from '../ast.ts';
import { closesAt, type TimeRole } from '../windows.ts';
import { type Item, plainColumn, type Relation } from './relation.ts';

/** Columns of `input` that are a key, with what they are to event time. */
type TimedKeys = readonly { expression: Expression; role: TimeRole | null }[];

/**
 * The roles of keys in their groups. Rows that come late for the window that ends first (`closing`) come no more, so what other
 * windows say of the end of a group is only true where they end no earlier.
 */
export function rolesOfGroups(input: Relation, keys: TimedKeys, closing: number): (TimeRole | null)[] {
  const first = keys[closing];
  if (first === undefined || first.role?.kind === 'eventTime') return keys.map(({ role }) => role);
  const column = plainColumn(first.expression);
  return keys.map(({ expression, role }, index) => {
    const other = plainColumn(expression);
    if (index === closing || role === null || closesAt(role) === null || column === null || other === null) return role;
    return sameWindow(input, other, column) || sameWindow(input, column, other) ? role : null;
  });
}

/**
 * Whether two columns are bounds of one window in every row. Windows may be as long and yet others: of another time, shifted, or of
 * the other side of a join. In doubt they are not.
 */
export function sameWindow(relation: Relation, start: string, end: string): boolean {
  switch (relation.kind) {
    case 'map': {
      const [from, to] = [expressionOf(relation.items, start), expressionOf(relation.items, end)];
      const began = from && plainColumn(from);
      if (began == null || to === undefined) return false;
      const ended = plainColumn(to);
      return ended === null ? addedTo(to) === began : sameWindow(relation.input, began, ended);
    }
    case 'aggregate': {
      if (relation.derived.some((one) => one.name === end && one.fromKey === start)) return true;
      return inInput(relation.input, relation.keys, start, end);
    }
    case 'recompute':
      return inInput(relation.input, relation.items, start, end);
    case 'union':
      return relation.inputs.every((input) => sameWindow(input, start, end));
    case 'join': {
      const { left, right, keys, type } = relation;
      const has = (side: Relation, name: string) => side.columns.some((column) => column.name === name);
      for (const side of [left, right]) if (has(side, start) && has(side, end)) return sameWindow(side, start, end);
      // Where a bound has to be equal on both sides it is that of the other side, too.
      const key = keys.find((one) => one.left === end || one.right === end);
      const other = key?.left === end ? key.right : key?.left;
      const side = has(left, start) ? left : right;
      return type === 'inner' && other !== undefined && sameWindow(side, start, other);
    }
    default:
      return false;
  }
}

const expressionOf = (items: readonly Item[], name: string): Expression | undefined =>
  items.find((item) => item.name === name)?.expression;

function inInput(input: Relation, items: readonly Item[], start: string, end: string): boolean {
  const [from, to] = [expressionOf(items, start), expressionOf(items, end)].map((one) => one && plainColumn(one));
  return from != null && to != null && sameWindow(input, from, to);
}

/** The column that something is added to, as the end of a window, or of each of several, is made from its start. */
function addedTo(expression: Expression): string | null {
  if (!isFunction(expression) || !/^(\+|unnest|list_value)$/.test(expression.function_name)) return null;
  const [first] = expression.children as [Expression];
  return plainColumn(first) ?? addedTo(first);
}
