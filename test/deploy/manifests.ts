import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DRIVER_OPTIONS, EXECUTOR_OPTIONS, type OptionTable } from '@millrace/cli';
import { parse, parseAllDocuments } from 'yaml';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const KUBERNETES = `${ROOT}deploy/kubernetes/`;

export type Probe = { httpGet: { path: string; port: string } };
export type Container = {
  name: string;
  args: string[];
  env: { name: string; value?: string }[];
  envFrom: { configMapRef?: { name: string }; secretRef?: { name: string } }[];
  ports: { name: string; containerPort: number }[];
  resources: { limits: { memory: string } };
  securityContext: Record<string, unknown>;
  volumeMounts: { name: string; mountPath: string }[];
  livenessProbe: Probe;
  readinessProbe: Probe;
  startupProbe: Probe;
};
export type PodSpec = {
  containers: Container[];
  volumes: { name: string; emptyDir: { medium?: string; sizeLimit: string } }[];
  securityContext: Record<string, unknown>;
  terminationGracePeriodSeconds: number;
};
export type Manifest = {
  kind: string;
  metadata: { name: string };
  data?: Record<string, string>;
  stringData?: Record<string, string>;
  spec?: {
    replicas?: number;
    serviceName?: string;
    selector?: Record<string, string> & { matchLabels?: Record<string, string> };
    template?: { metadata: { labels: Record<string, string> }; spec: PodSpec };
    ports?: { name: string; port: number; targetPort: string }[];
    scaleTargetRef?: { kind: string; name: string };
  };
};
export type ComposeService = {
  command?: string[];
  environment?: Record<string, string | number>;
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: object;
  volumes?: string[];
  stop_grace_period?: string;
  shm_size?: string;
};

export function readDeployFile(path: string): string {
  return readFileSync(`${ROOT}deploy/${path}`, 'utf8');
}

/** File names of deploy/kubernetes, without the kustomization itself. */
export function manifestFiles(): string[] {
  return readdirSync(KUBERNETES).filter((name) => name !== 'kustomization.yaml');
}

/** Every object of deploy/kubernetes; YAML errors are thrown. */
export function manifests(): Manifest[] {
  return manifestFiles().flatMap((name) =>
    parseAllDocuments(readDeployFile(`kubernetes/${name}`)).map((document) => {
      for (const error of document.errors) throw error;
      return document.toJS() as Manifest;
    }),
  );
}

export function readCompose(): { services: Record<string, ComposeService>; volumes: Record<string, unknown> } {
  return parse(readDeployFile('compose.yaml'), { merge: true }) as ReturnType<typeof readCompose>;
}

/** The options of a role by environment variable. */
export function variablesOf(role: string): Map<string, OptionTable[string]> {
  const tables: Record<string, OptionTable> = { driver: DRIVER_OPTIONS, executor: EXECUTOR_OPTIONS };
  const table = tables[role];
  if (table === undefined) throw new Error(`'${role}' is not a role`);
  return new Map(Object.values(table).flatMap((option) => (option.env === null ? [] : [[option.env, option]])));
}

/** What ENV says in the Dockerfile: every container starts from it. */
export function imageEnvironment(): Record<string, string> {
  const names = readDeployFile('Dockerfile').matchAll(/\b([A-Z_]+)=(\S+)/g);
  return Object.fromEntries([...names].map(([, name, value]) => [name!, value!]));
}
