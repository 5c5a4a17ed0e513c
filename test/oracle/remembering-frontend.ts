import type { SqlFrontend } from '@millrace/shared/sql';

/** Answers kept: many queries share parts, and each is compiled for more than one output mode. */
const ANSWERS_MAX = 5_000;

/** Asks everything once. What a frontend answers depends on nothing but what it is asked. */
export function rememberingFrontend(frontend: SqlFrontend): SqlFrontend {
  const answers = new Map<string, Promise<unknown>>();
  const once = <A extends unknown[], R>(name: string, ask: (...args: A) => Promise<R>) => {
    return (...args: A): Promise<R> => {
      const key = JSON.stringify([name, args]);
      if (answers.size > ANSWERS_MAX) answers.clear();
      const known = answers.get(key) ?? ask(...args);
      answers.set(key, known);
      return known as Promise<R>;
    };
  };
  return {
    ...frontend,
    serialize: once('serialize', frontend.serialize),
    deserialize: once('deserialize', frontend.deserialize),
    describe: once('describe', frontend.describe),
    evaluate: once('evaluate', frontend.evaluate),
    tryTable: once('tryTable', frontend.tryTable),
  };
}
