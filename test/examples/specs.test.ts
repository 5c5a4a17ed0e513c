import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { parseSpec } from '@millrace/shared/spec';
import { compileJob, openDuckDbFrontend } from '@millrace/shared/sql';

const FOLDER = resolve(import.meta.dirname, '../../examples');
const frontend = await openDuckDbFrontend();
after(() => frontend.close());

for (const name of readdirSync(FOLDER).filter((file) => file.endsWith('.yaml'))) {
  test(`examples/${name} is a job that can be submitted as it is`, async () => {
    const parsed = parseSpec(readFileSync(join(FOLDER, name), 'utf8'), name, { environment: {} });
    assert.ok(parsed.ok, JSON.stringify(parsed));
    assert.equal(`${parsed.spec.name}.yaml`, name);
    const compiled = await compileJob(parsed.spec, frontend);
    assert.ok(compiled.ok, JSON.stringify(compiled));
    assert.deepEqual(compiled.plan.warnings.length > 0, name === 'totals-by-country.yaml');
  });
}
