import { z } from 'zod';
import { inputSchema } from './input-schema.ts';

/** JSON Schema (draft 7, which editors know) of a job spec as it is written. Committed as job-spec.schema.json. */
export function jobSpecJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(inputSchema, { io: 'input', target: 'draft-7' });
  return { $schema, title: 'Millrace job spec', ...schema };
}
