import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createEventWriter } from '../../../examples/nexmark/generator/event-writer.ts';
import type { GeneratorOptions } from '../../../examples/nexmark/generator/generator-options.ts';

const NEWLINE = Buffer.from('\n');

/** The first events of a stream as NDJSON. */
export async function writeEvents(path: string, generator: GeneratorOptions, events: number): Promise<void> {
  const writer = createEventWriter(generator);
  const file = createWriteStream(path);
  for (let event = 0; event < events; event++) {
    const bytes = writer.write(event);
    if (!file.write(Buffer.concat([writer.buffer.subarray(0, bytes), NEWLINE]))) await once(file, 'drain');
  }
  file.end();
  await once(file, 'finish');
}
