import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EXECUTOR_OPTIONS } from '@millrace/cli';
import { createMetrics, startHealthServer } from '@millrace/shared/metrics';
import { parse } from 'yaml';
import {
  type Container,
  type Manifest,
  manifestFiles,
  manifests,
  type PodSpec,
  readDeployFile,
  variablesOf,
} from './manifests.ts';

const all = manifests();
const workloads = all.filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet');

function podOf({ spec }: Manifest): { pod: PodSpec; container: Container; labels: Record<string, string> } {
  const { metadata, spec: pod } = spec!.template!;
  return { pod, container: pod.containers[0]!, labels: metadata.labels };
}

function find(kind: string, name: string): Manifest {
  const found = all.find((object) => object.kind === kind && object.metadata.name === name);
  assert.ok(found, `${kind} ${name}`);
  return found;
}

/** Variables of a container, those it takes from config maps and secrets included, with pod fields filled in. */
function environmentOf({ env, envFrom }: Container): Record<string, string> {
  const taken = envFrom.map(({ configMapRef, secretRef }) =>
    configMapRef ? find('ConfigMap', configMapRef.name).data! : find('Secret', secretRef!.name).stringData!,
  );
  const own = env.map(({ name, value }) => [name, (value ?? 'pod-0').replaceAll('$(POD_NAME)', 'pod-0')]);
  return Object.assign({}, ...taken, Object.fromEntries(own)) as Record<string, string>;
}

function megabytes(quantity: string): number {
  const [, value, unit] = /^(\d+)(Mi|Gi|MiB|GiB)$/.exec(quantity)!;
  return Number(value) * (unit!.startsWith('G') ? 1024 : 1);
}

test('both roles are there', () => {
  assert.deepEqual(workloads.map((workload) => podOf(workload).container.args).sort(), [['driver'], ['executor']]);
});

test('every variable is one the role knows, with a value it takes', () => {
  for (const workload of workloads) {
    const { container } = podOf(workload);
    const known = variablesOf(container.args[0]!);
    for (const [name, value] of Object.entries(environmentOf(container))) {
      if (!name.startsWith('MILLRACE_')) continue;
      assert.ok(known.has(name), `${container.name}: ${name}`);
      assert.doesNotThrow(() => known.get(name)!.parse(value), `${container.name}: ${name}=${value}`);
    }
  }
});

test('ports of containers are the ones the roles listen on, ports of services lead to them', () => {
  for (const workload of workloads) {
    const { container, labels } = podOf(workload);
    const port = Object.fromEntries(container.ports.map(({ name, containerPort }) => [name, containerPort]));
    const env = environmentOf(container);
    assert.equal(env.MILLRACE_LISTEN, `0.0.0.0:${port.grpc}`);
    assert.equal(env.MILLRACE_HEALTH, `0.0.0.0:${port.health}`);
    const service = find('Service', workload.metadata.name);
    assert.deepEqual(service.spec!.selector, labels);
    for (const { targetPort, port: served } of service.spec!.ports!) assert.equal(port[targetPort], served);
    if (workload.spec!.serviceName) assert.equal(workload.spec!.serviceName, service.metadata.name);
  }
});

test('executors find the driver and are found under the name they advertise', () => {
  const executor = find('StatefulSet', 'millrace-executor');
  const env = environmentOf(podOf(executor).container);
  const [host, port] = env.MILLRACE_DRIVER!.split(':');
  assert.equal(String(find('Service', host!).spec!.ports!.find(({ name }) => name === 'grpc')!.port), port);
  assert.equal(env.MILLRACE_ADVERTISE, `pod-0.${executor.spec!.serviceName}:7070`);
});

test('probes ask for what the health server serves', async (t) => {
  const server = await startHealthServer({
    host: '127.0.0.1',
    port: 0,
    live: () => true,
    ready: () => ({ ready: true }),
    metrics: createMetrics('driver'),
  });
  t.after(() => server.close());
  for (const workload of workloads) {
    const { startupProbe, livenessProbe, readinessProbe, ports } = podOf(workload).container;
    for (const { httpGet } of [startupProbe, livenessProbe, readinessProbe]) {
      assert.ok(
        ports.some(({ name }) => name === httpGet.port),
        httpGet.port,
      );
      assert.equal((await fetch(`http://127.0.0.1:${server.port}${httpGet.path}`)).status, 200);
    }
    assert.equal(livenessProbe.httpGet.path, '/healthz');
    assert.equal(readinessProbe.httpGet.path, '/readyz');
  }
});

test('pods are confined: no root, nothing writable but their volumes', () => {
  for (const workload of workloads) {
    const { pod, container } = podOf(workload);
    assert.equal(pod.securityContext.runAsNonRoot, true);
    assert.equal(container.securityContext.readOnlyRootFilesystem, true);
    assert.equal(container.securityContext.allowPrivilegeEscalation, false);
    assert.deepEqual(container.securityContext.capabilities, { drop: ['ALL'] });
    for (const { name } of container.volumeMounts)
      assert.ok(
        pod.volumes.some((volume) => volume.name === name),
        name,
      );
  }
});

test('an executor’s lanes and its scratch in memory fit into its limit, and its drain into its grace period', () => {
  const { pod, container } = podOf(find('StatefulSet', 'millrace-executor'));
  const env = environmentOf(container);
  const scratch = pod.volumes.find(({ name }) => name === 'scratch')!;
  assert.equal(scratch.emptyDir.medium, 'Memory');
  assert.ok(
    container.volumeMounts.some(({ name, mountPath }) => name === 'scratch' && mountPath === env.MILLRACE_SCRATCH),
  );
  const lanes = Number(env.MILLRACE_LANES) * megabytes(env.MILLRACE_LANE_MEMORY!);
  const node = 512;
  assert.ok(lanes + megabytes(scratch.emptyDir.sizeLimit) + node <= megabytes(container.resources.limits.memory));
  assert.ok(
    EXECUTOR_OPTIONS.drainTimeout.parse(env.MILLRACE_DRAIN_TIMEOUT!) < pod.terminationGracePeriodSeconds * 1000,
  );
});

test('a second driver stands by, and each tells the other an address that can be reached', () => {
  const { spec } = find('Deployment', 'millrace-driver') as { spec: { replicas?: number } };
  assert.equal(spec.replicas, 2);
  const { container } = podOf(find('Deployment', 'millrace-driver'));
  const env = environmentOf(container);
  const [, port] = env.MILLRACE_LISTEN!.split(':');
  assert.equal(env.MILLRACE_ADVERTISE, `$(POD_IP):${port}`);
});

test('disruption budget and autoscaler are about the executors', () => {
  const { labels } = podOf(find('StatefulSet', 'millrace-executor'));
  assert.deepEqual(find('PodDisruptionBudget', 'millrace-executor').spec!.selector!.matchLabels, labels);
  const { kind, name } = find('HorizontalPodAutoscaler', 'millrace-executor').spec!.scaleTargetRef!;
  find(kind, name);
});

test('the kustomization lists every file', () => {
  const { resources } = parse(readDeployFile('kubernetes/kustomization.yaml')) as { resources: string[] };
  assert.deepEqual([...resources].sort(), manifestFiles().sort());
});
