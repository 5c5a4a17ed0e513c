import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMetrics } from '@millrace/shared/metrics';

test('series have the prefix, the role and their labels', async () => {
  const metrics = createMetrics('driver');
  metrics.counter('records_total', 'Records read.', ['job']).inc({ job: 'a' }, 3);
  metrics.gauge('executors', 'Executors alive.').set(2);
  metrics.histogram('phase_seconds', 'Time of a phase.', ['phase']).observe({ phase: 'plan' }, 0.002);
  const text = await metrics.text();
  assert.match(text, /millrace_records_total\{job="a",role="driver"\} 3/);
  assert.match(text, /millrace_executors\{role="driver"\} 2/);
  assert.match(text, /millrace_phase_seconds_bucket\{le="0.0025",role="driver",phase="plan"\} 1/);
  assert.match(text, /process_resident_memory_bytes\{role="driver"\}/);
});

test('two registries in one process do not share series', async () => {
  const driver = createMetrics('driver');
  driver.gauge('lag_records', 'Lag.').set(1);
  assert.ok(!(await createMetrics('executor').text()).includes('lag_records'));
});

test('forget drops the series of one job and no other', async () => {
  const metrics = createMetrics('driver');
  const lag = metrics.gauge('lag_records', 'Lag.', ['job', 'partition']);
  const phases = metrics.histogram('phase_seconds', 'Time.', ['job', 'phase']);
  for (const job of ['a', 'b']) {
    lag.set({ job, partition: '0' }, 5);
    lag.set({ job, partition: '1' }, 5);
    phases.observe({ job, phase: 'plan' }, 1);
  }
  await metrics.forget('job', 'a');
  const text = await metrics.text();
  assert.ok(!text.includes('job="a"'), text);
  assert.equal(text.match(/millrace_lag_records\{job="b"/g)?.length, 2);
  assert.equal(text.match(/millrace_phase_seconds_count\{role="driver",job="b",phase="plan"\} 1/g)?.length, 1);
});
