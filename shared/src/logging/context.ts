import type { Logger } from 'pino';

/** What a line is about. The names are the same in logs, spans and metric labels. */
export type LogContext = {
  job?: string;
  batch?: number;
  stage?: string;
  /** Index of the task within its stage. */
  task?: number;
  /** The whole attempt id, or the attempt's number where the task is named beside it. */
  attempt?: string | number;
};

/** In the order in which a person reads them: from the widest to the narrowest. */
export const CONTEXT_KEYS = ['job', 'batch', 'stage', 'task', 'attempt'] as const satisfies (keyof LogContext)[];

/** A logger whose every line carries `context`; contexts of parents are kept. */
export function childLogger(logger: Logger, context: LogContext): Logger {
  return logger.child(context);
}

/** The context of a task as its id names it on the wire. */
export function taskContext(id: {
  jobId: string;
  batchId: number;
  stage: string;
  index: number;
  attempt: number;
}): Required<LogContext> {
  return { job: id.jobId, batch: id.batchId, stage: id.stage, task: id.index, attempt: id.attempt };
}
