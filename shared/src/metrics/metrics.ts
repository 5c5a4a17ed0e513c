import { Counter, collectDefaultMetrics, Gauge, Histogram, type Metric, Registry } from 'prom-client';

export type Role = 'driver' | 'executor';

/** Every series of ours starts with it, so that one query finds them all. */
export const METRIC_PREFIX = 'millrace_';

/** Seconds. From a trivial statement in a lane (about 0.4 ms) to the longest batch a default job may take. */
export const DURATION_BUCKETS_SECONDS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];

/** The metrics of one process. Names are given without the prefix; the unit is part of the name (`_seconds`, `_bytes`, `_total`). */
export type Metrics = {
  role: Role;
  registry: Registry;
  /** Only grows; the name ends in `_total`. */
  counter<Label extends string = never>(
    name: `${string}_total`,
    help: string,
    labels?: readonly Label[],
  ): Counter<Label>;
  /** Goes up and down. */
  gauge<Label extends string = never>(name: string, help: string, labels?: readonly Label[]): Gauge<Label>;
  /** Durations in seconds, in DURATION_BUCKETS_SECONDS unless told. */
  histogram<Label extends string = never>(
    name: string,
    help: string,
    labels?: readonly Label[],
    buckets?: readonly number[],
  ): Histogram<Label>;
  /** Drops every series whose `label` has this value: what belonged to a job that is gone must not be scraped for ever. */
  forget(label: string, value: string): Promise<void>;
  /** Prometheus text, and the content type it has. */
  text(): Promise<string>;
  contentType: string;
};

/** A registry with the ordinary process metrics of Node.js; every series carries the label `role`. */
export function createMetrics(role: Role): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ role });
  collectDefaultMetrics({ register: registry });
  const base = <Label extends string>(name: string, help: string, labels: readonly Label[] = []) => ({
    name: `${METRIC_PREFIX}${name}`,
    help,
    labelNames: [...labels],
    registers: [registry],
  });
  return {
    role,
    registry,
    counter: (name, help, labels) => new Counter(base(name, help, labels)),
    gauge: (name, help, labels) => new Gauge(base(name, help, labels)),
    histogram: (name, help, labels, buckets = DURATION_BUCKETS_SECONDS) =>
      new Histogram({ ...base(name, help, labels), buckets: [...buckets] }),
    forget: (label, value) => forget(registry, label, value),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

type Labels = Partial<Record<string, string | number>>;

async function forget(registry: Registry, label: string, value: string): Promise<void> {
  for (const { name } of registry.getMetricsAsArray()) {
    if (!name.startsWith(METRIC_PREFIX)) continue;
    const metric: Metric<string> = registry.getSingleMetric(name)!;
    const { values } = await metric.get();
    for (const { labels } of values) {
      if (labels[label] === value) metric.remove(seriesLabels(labels));
    }
  }
}

/** Without what a histogram adds to name its buckets. */
function seriesLabels(labels: Labels): Record<string, string | number> {
  const own = Object.entries(labels).filter(
    (entry): entry is [string, string | number] => entry[0] !== 'le' && entry[1] !== undefined,
  );
  return Object.fromEntries(own);
}
