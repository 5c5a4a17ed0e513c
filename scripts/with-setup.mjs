// Runs one of the repository's TypeScript programs from a clone in any state: installs the dependencies where they are
// missing or out of date, finds a Node that runs TypeScript as it is, and hands over arguments, signals and exit code.
//   node scripts/with-setup.mjs <program.ts> [arguments…]
// Plain JavaScript without dependencies: it runs before anything is installed, on whatever Node is there.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NODE_MAJOR_MIN, nodeMajor } from './setup/choose-node.mjs';
import { ensureDependencies } from './setup/dependencies.mjs';
import { ensureNode } from './setup/ensure-node.mjs';
import { runProgram } from './setup/run-program.mjs';
import { SetupError } from './setup/setup-error.mjs';

/** The oldest Node this bootstrap itself is tried on. */
const BOOTSTRAP_NODE_MAJOR_MIN = 18;

const root = fileURLToPath(new URL('..', import.meta.url));

async function main() {
  const [program, ...args] = process.argv.slice(2);
  if (program === undefined) throw new SetupError('no program given', 'node scripts/with-setup.mjs <program.ts>');
  if (nodeMajor(process.version) < BOOTSTRAP_NODE_MAJOR_MIN) {
    throw new SetupError(
      `this is Node ${process.version}, too old even to install the dependencies`,
      `Install Node ${NODE_MAJOR_MIN} from https://nodejs.org (${BOOTSTRAP_NODE_MAJOR_MIN} or newer is enough to begin).`,
    );
  }
  ensureDependencies(root);
  process.exitCode = await runProgram({ node: ensureNode(root), root, program: join(root, program), args });
}

try {
  await main();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`millrace: ${error.message}\n${error.remedy}`);
  process.exitCode = 1;
}
