import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createMetrics, type Readiness, startHealthServer } from '@millrace/shared/metrics';

async function start(t: TestContext, state: { live: boolean; readiness: Readiness }) {
  const metrics = createMetrics('executor');
  const options = { host: '127.0.0.1', port: 0, live: () => state.live, ready: () => state.readiness, metrics };
  const server = await startHealthServer(options);
  t.after(() => server.close());
  const get = async (path: string, method = 'GET') => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { method });
    return { status: response.status, type: response.headers.get('content-type'), body: await response.text() };
  };
  return { get, server };
}

test('probes follow the process', async (t) => {
  const state = { live: true, readiness: { ready: true } as Readiness };
  const { get } = await start(t, state);
  assert.equal((await get('/healthz')).status, 200);
  assert.equal((await get('/readyz?verbose')).status, 200);
  state.readiness = { ready: false, reason: 'draining' };
  assert.deepEqual(await get('/readyz'), {
    status: 503,
    type: 'text/plain; charset=utf-8',
    body: 'not ready: draining\n',
  });
  assert.equal((await get('/healthz')).status, 200);
  state.live = false;
  assert.equal((await get('/healthz')).status, 503);
});

test('metrics are served as Prometheus text', async (t) => {
  const { get } = await start(t, { live: true, readiness: { ready: true } });
  const { status, type, body } = await get('/metrics');
  assert.equal(status, 200);
  assert.match(String(type), /^text\/plain; version=0\.0\.4/);
  assert.match(body, /nodejs_version_info/);
});

test('other paths and methods are refused', async (t) => {
  const { get } = await start(t, { live: true, readiness: { ready: true } });
  assert.equal((await get('/jobs')).status, 404);
  assert.equal((await get('/healthz', 'POST')).status, 405);
});

test('a taken port is a configuration error that says so', async (t) => {
  const { server } = await start(t, { live: true, readiness: { ready: true } });
  const again = startHealthServer({
    host: '127.0.0.1',
    port: server.port,
    live: () => true,
    ready: () => ({ ready: true }),
    metrics: createMetrics('driver'),
  });
  await assert.rejects(again, { code: 'INVALID_CONFIG', hint: /another port/ });
});
