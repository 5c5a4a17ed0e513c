// Loaded into every test file's process: a file whose tests are over must end by itself. One that does not has left
// something open: it fails, and holds nobody up.
import { after } from 'node:test';

/** For sockets that are closing, and for the last results to be told. */
const GRACE_MS = 5_000;

after(() => {
  const late = setTimeout(() => {
    process.stderr.write(
      `${process.argv[1]} has left something open: ${process.getActiveResourcesInfo().join(', ')}\n`,
    );
    process.exit(1);
  }, GRACE_MS);
  // Fires only where something else keeps the process going.
  late.unref();
});
