import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { COMMANDS, DRIVER_HEALTH_PORT, DRIVER_PORT, EXECUTOR_OPTIONS } from '@millrace/cli';
import { type ComposeService, imageEnvironment, ROOT, readCompose, readDeployFile, variablesOf } from './manifests.ts';

const { services, volumes } = readCompose();
const dockerfile = readDeployFile('Dockerfile');
const roles = Object.entries(services).filter(([, { command }]) => COMMANDS.some(({ name }) => name === command?.[0]));

test('the image: everything that is copied exists, and the build context lets it in', () => {
  const sources = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths]) => paths!.split(' '));
  assert.ok(sources.length > 5);
  const allowed = [...readDeployFile('Dockerfile.dockerignore').matchAll(/^!(\S+)$/gm)].map(([, path]) => path!);
  for (const path of sources) {
    assert.ok(existsSync(`${ROOT}${path}`), path);
    assert.ok(
      allowed.some((entry) => path === entry || path.startsWith(`${entry}/`)),
      `${path} is ignored`,
    );
  }
});

test('the image runs as a user without rights, serves what it exposes, and checks its health there', () => {
  assert.match(dockerfile, /^USER node$/m);
  assert.match(dockerfile, /^ENTRYPOINT \["millrace"\]$/m);
  const { MILLRACE_LISTEN, MILLRACE_HEALTH } = imageEnvironment();
  assert.deepEqual([MILLRACE_LISTEN, MILLRACE_HEALTH], [`0.0.0.0:${DRIVER_PORT}`, `0.0.0.0:${DRIVER_HEALTH_PORT}`]);
  assert.match(dockerfile, new RegExp(`^EXPOSE ${DRIVER_PORT} ${DRIVER_HEALTH_PORT}$`, 'm'));
  assert.ok(dockerfile.includes(`http://127.0.0.1:${DRIVER_HEALTH_PORT}/healthz`));
});

test('compose: a driver and two executors, with variables that they know and values that they take', () => {
  assert.deepEqual(roles.map(([, { command }]) => command![0]).sort(), ['driver', 'executor', 'executor']);
  for (const [name, { command, environment }] of roles) {
    const known = variablesOf(command![0]!);
    for (const [variable, value] of Object.entries({ ...environment })) {
      assert.ok(known.has(variable), `${name}: ${variable}`);
      assert.doesNotThrow(() => known.get(variable)!.parse(String(value)), `${name}: ${variable}=${value}`);
    }
  }
});

test('compose: executors find the driver, advertise themselves, and have memory and time', () => {
  for (const [name, service] of roles.filter(([, { command }]) => command![0] === 'executor')) {
    const { environment, stop_grace_period, shm_size, depends_on }: ComposeService = service;
    assert.equal(environment!.MILLRACE_ADVERTISE, `${name}:${DRIVER_PORT}`);
    assert.equal(environment!.MILLRACE_EXECUTOR_ID, name);
    assert.equal(environment!.MILLRACE_DRIVER, `driver:${DRIVER_PORT}`);
    assert.equal(depends_on!.driver!.condition, 'service_healthy');
    assert.equal(shm_size, '1gb');
    const { parse, default: drain } = EXECUTOR_OPTIONS.drainTimeout;
    assert.ok(parse(stop_grace_period!) > parse(drain));
  }
});

test('compose: what is depended on exists and has a health check', () => {
  for (const [name, { depends_on }] of Object.entries(services)) {
    for (const [other, { condition }] of Object.entries(depends_on ?? {})) {
      assert.equal(condition, 'service_healthy');
      // The image has its own.
      assert.ok(services[other]!.healthcheck ?? roles.some(([role]) => role === other), `${name} → ${other}`);
    }
  }
});

test('compose: Redis is as safe as Millrace asks for, and data outlives containers', () => {
  const options = services.redis!.command!.join(' ');
  assert.match(options, /--appendonly yes --appendfsync always --maxmemory-policy noeviction/);
  for (const service of [services.redis!, services.kafka!]) {
    const [volume] = service.volumes![0]!.split(':');
    assert.ok(volume! in volumes);
  }
});
