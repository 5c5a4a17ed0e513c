import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { compileSpecText, mermaidPlan, openDuckDbFrontend, type SqlFrontend } from '@millrace/shared/sql';
import { nexmarkJobText } from '../../../examples/nexmark/job-spec.ts';
import { QUERIES } from '../../../examples/nexmark/queries.ts';

// plans/<query>.mmd: the graph of operators that each query compiles to, without their SQL. MILLRACE_UPDATE_GOLDEN=1 writes them anew;
// read the difference before you commit it.
const UPDATE = process.env.MILLRACE_UPDATE_GOLDEN === '1';
const FOLDER = join(import.meta.dirname, 'plans');

let frontend: SqlFrontend;
let folder: string;
let sideInputPath: string;
before(async () => {
  frontend = await openDuckDbFrontend();
  folder = mkdtempSync(join(tmpdir(), 'millrace-plans-'));
  sideInputPath = join(folder, 'side-input.csv');
  writeFileSync(sideInputPath, 'key,value\n1,one\n');
});
after(() => {
  frontend.close();
  rmSync(folder, { recursive: true });
});

for (const query of QUERIES) {
  test(`the plan of ${query.name}, ${query.title}`, async () => {
    const job = { name: 'nexmark', query, brokers: ['localhost:9092'], topic: 'events', disorderMaxMs: 0 };
    const text = nexmarkJobText({ ...job, sideInputPath, output: 'noop' });
    const compiled = await compileSpecText(text, 'nexmark.json', frontend);
    assert.ok(compiled.ok, JSON.stringify(compiled));
    const golden = join(FOLDER, `${query.name}.mmd`);
    const plan = `${mermaidPlan(compiled.plan)}\n`;
    if (UPDATE) {
      mkdirSync(FOLDER, { recursive: true });
      writeFileSync(golden, plan);
    }
    assert.ok(existsSync(golden), `no ${golden}`);
    assert.equal(plan, readFileSync(golden, 'utf8'));
  });
}
