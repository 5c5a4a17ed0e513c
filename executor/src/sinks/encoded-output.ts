import type { PreparedOutput } from '@millrace/proto';
import { MillraceError } from '@millrace/shared/errors';
import type { ZodType } from 'zod';
import type { EncodedOutput } from '../lanes/messages.ts';

/** The encoding the sink asked for; anything else is a bug of ours. */
export function expectEncoding<Kind extends EncodedOutput['kind']>(
  encoded: EncodedOutput,
  kind: Kind,
): Extract<EncodedOutput, { kind: Kind }> {
  if (encoded.kind === kind) return encoded as Extract<EncodedOutput, { kind: Kind }>;
  throw new MillraceError('INTERNAL', `output came encoded as ${encoded.kind}, ${kind} was asked for`);
}

/** The sink's own record within a prepared output. It was stored by a commit: one that does not parse is STORE_CORRUPT. */
export function detailOf<Detail>(prepared: PreparedOutput, schema: ZodType<Detail>): Detail {
  let detail: unknown;
  try {
    detail = JSON.parse(prepared.detailJson);
  } catch {
    detail = undefined;
  }
  const parsed = schema.safeParse(detail);
  if (parsed.success) return parsed.data;
  throw new MillraceError('STORE_CORRUPT', `the prepared output of attempt ${prepared.attempt} cannot be read`, {
    cause: parsed.error,
    details: { sink: prepared.sink, attempt: prepared.attempt },
  });
}
