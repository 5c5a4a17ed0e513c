import {
  type JobPlan,
  ONLY_OUTPUT,
  type Operator,
  outputsOf,
  type Stage,
  shuffleOutputsOf,
  sinkOutputsOf,
} from '../plan/index.ts';

/** A plan as boxes and arrows: sources, operators by stage, the sink. */
type PlanGraph = { groups: { title: string; nodes: Node[] }[]; edges: Edge[] };
type Node = { id: string; label: string; hasState: boolean };
type Edge = { from: string; to: string; label: string };

/** For `mermaid` blocks in Markdown. */
export function mermaidPlan(plan: JobPlan): string {
  const { groups, edges } = graphOf(plan);
  const node = ({ id, label, hasState }: Node) =>
    hasState ? `    ${id}[("${mermaidText(label)}")]` : `    ${id}["${mermaidText(label)}"]`;
  return [
    'flowchart LR',
    ...groups.flatMap(({ title, nodes }, index) => [`  subgraph g${index}["${title}"]`, ...nodes.map(node), '  end']),
    ...edges.map(({ from, to, label }) => `  ${from} -->${label === '' ? '' : `|"${mermaidText(label)}"|`} ${to}`),
  ].join('\n');
}

/** For Graphviz. */
export function dotPlan(plan: JobPlan): string {
  const { groups, edges } = graphOf(plan);
  const text = (value: string) => `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  const node = ({ id, label, hasState }: Node) =>
    `    ${id} [label=${text(label)}, shape=${hasState ? 'cylinder' : 'box'}];`;
  return [
    'digraph plan {',
    '  rankdir=LR;',
    ...groups.flatMap(({ title, nodes }, index) => [
      `  subgraph cluster_${index} {`,
      `    label=${text(title)};`,
      ...nodes.map(node),
      '  }',
    ]),
    ...edges.map(({ from, to, label }) => `  ${from} -> ${to}${label === '' ? '' : ` [label=${text(label)}]`};`),
    '}',
  ].join('\n');
}

const sinkId = (output: string): string => (output === ONLY_OUTPUT ? 'sink' : `sink_${output}`);

const mermaidText = (text: string): string => text.replaceAll('"', '#quot;').replaceAll('\n', ' ');

function graphOf(plan: JobPlan): PlanGraph {
  const sources = plan.sources.map(({ name }) => ({ id: `source_${name}`, label: name, hasState: false }));
  const sinks = outputsOf(plan).map(({ name, mode }) => {
    const label = plan.outputs === undefined ? `sink (${mode})` : `${name} (${mode})`;
    return { id: sinkId(name), label, hasState: false };
  });
  const stages = plan.stages.map((stage) => ({
    title: `stage ${stage.id}`,
    nodes: stage.operators.map(({ id, description, state }) => ({ id, label: description, hasState: state !== null })),
  }));
  const groups = [
    { title: 'sources', nodes: sources },
    ...stages.filter(({ nodes }) => nodes.length > 0),
    { title: 'output', nodes: sinks },
  ];
  return { groups, edges: edgesOf(plan) };
}

/** Relations are made in one place each: who names one in its statements reads it. */
function edgesOf(plan: JobPlan): Edge[] {
  const edges: Edge[] = [];
  /** Of relations and shuffles: the nodes they come from. */
  const makers = new Map<string, string[]>();
  const readsOf = (text: string) => [...makers].filter(([relation]) => text.includes(`"${relation}"`));
  for (const stage of plan.stages) {
    for (const input of stage.inputs) {
      if (input.kind === 'source') makers.set(input.relation, [`source_${input.source}`]);
      else
        makers.set(
          input.relation,
          input.shuffles.flatMap((shuffle) => makers.get(`shuffle ${shuffle}`) ?? []),
        );
    }
    for (const operator of stage.operators) {
      const text = operator.statements.join('\n');
      for (const [relation, from] of readsOf(text))
        for (const one of from)
          if (one !== operator.id) edges.push({ from: one, to: operator.id, label: shuffled(stage, relation) });
      for (const name of madeBy(operator)) makers.set(name, [operator.id]);
    }
    for (const { id, relation } of shuffleOutputsOf(stage)) makers.set(`shuffle ${id}`, makers.get(relation) ?? []);
    for (const { output, sql } of sinkOutputsOf(stage))
      for (const [, from] of readsOf(sql))
        for (const one of from) edges.push({ from: one, to: sinkId(output), label: '' });
  }
  return edges.filter(
    (edge, index) => edges.findIndex((one) => one.from === edge.from && one.to === edge.to) === index,
  );
}

const shuffled = ({ inputs }: Stage, relation: string): string =>
  inputs.some((input) => input.kind === 'shuffle' && input.relation === relation) ? 'shuffle' : '';

const madeBy = ({ statements, state }: Operator): string[] => {
  const made = statements.flatMap((sql) =>
    [...sql.matchAll(/CREATE OR REPLACE TEMP TABLE "([^"]+)"/g)].map(([, name]) => name!),
  );
  return state === null ? made : [...made, state.table];
};
