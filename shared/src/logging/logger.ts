import pino, { type Logger, type SerializedError } from 'pino';
import pretty from 'pino-pretty';
import { MillraceError } from '../errors/index.ts';
import { CONTEXT_KEYS } from './context.ts';
import { LOG_REDACTION, redactUrl } from './redact.ts';

export type { Logger } from 'pino';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export type LoggerOptions = {
  /** `driver`, `executor` … */
  name: string;
  /** Defaults to `info`. */
  level?: LogLevel | undefined;
  /** Where lines go. Defaults to stdout. */
  stream?: (NodeJS.WritableStream & { isTTY?: boolean }) | undefined;
  /** Lines for people instead of JSON. Defaults to whether `stream` is a terminal. */
  human?: boolean | undefined;
  /** Colours in lines for people. Defaults to whether `stream` is a terminal. */
  colour?: boolean | undefined;
};

/** INVALID_CONFIG for an unknown level. Writing is synchronous, so that the last lines before a crash are not lost. */
export function createLogger(options: LoggerOptions): Logger {
  const { name, level = 'info', stream = process.stdout } = options;
  if (!LOG_LEVELS.includes(level)) {
    throw new MillraceError('INVALID_CONFIG', `unknown log level '${level}'`, {
      hint: `use one of ${LOG_LEVELS.join(', ')}`,
    });
  }
  const isTerminal = stream.isTTY === true;
  const settings: pino.LoggerOptions = {
    name,
    level,
    base: { pid: process.pid },
    redact: LOG_REDACTION,
    serializers: { err: errorFields, error: errorFields, url: redactedText, storeUrl: redactedText },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  };
  if (!(options.human ?? isTerminal)) return pino(settings, stream);
  return pino(settings, humanStream(stream, options.colour ?? isTerminal));
}

function humanStream(destination: NodeJS.WritableStream, colorize: boolean): pretty.PrettyStream {
  return pretty({
    colorize,
    destination,
    sync: true,
    singleLine: true,
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: ['hostname', ...CONTEXT_KEYS].join(','),
    messageFormat: (line, messageKey) => `${contextOf(line)}${String(line[messageKey] ?? '')}`,
  });
}

function contextOf(line: Record<string, unknown>): string {
  const parts = CONTEXT_KEYS.filter((key) => line[key] !== undefined).map((key) =>
    key === 'job' ? String(line[key]) : `${key} ${String(line[key])}`,
  );
  return parts.length === 0 ? '' : `[${parts.join(' ')}] `;
}

function redactedText(value: unknown): unknown {
  return typeof value === 'string' ? redactUrl(value) : value;
}

/** Facts first: what programs decide by. The stack only for bugs, where nothing else says where to look. */
function errorFields(thrown: unknown): unknown {
  if (!(thrown instanceof Error)) return thrown;
  if (!(thrown instanceof MillraceError)) {
    const fields: SerializedError = pino.stdSerializers.err(thrown);
    return { type: fields.type, message: redactUrl(thrown.message), stack: redactUrl(fields.stack) };
  }
  const { code, domain, retry, hint, details, cause } = thrown;
  return {
    code,
    domain,
    retry,
    message: redactUrl(thrown.message),
    ...(hint === '' ? {} : { hint }),
    ...(Object.keys(details).length === 0 ? {} : { details }),
    ...(cause === undefined ? {} : { cause: errorFields(cause) }),
    ...(domain === 'internal' ? { stack: redactUrl(thrown.stack ?? '') } : {}),
  };
}
