import type { SqlSession } from './sql-session.ts';

/** Questions that a task has about its relations, asked in one statement: a small task is mostly statements. */
export type Survey = {
  /** Adds a SELECT of one row of so many BIGINTs; gives what reads them once `take` is done. */
  ask(sql: string, columns?: number): () => (number | null)[];
  /** Adds a SELECT of one list of BIGINTs, of any length. */
  askList(sql: string): () => (number | null)[];
  take(session: SqlSession): Promise<void>;
};

export function openSurvey(): Survey {
  const questions: string[] = [];
  const answers: (number | null)[][] = [];
  function add(list: string, sql: string, names: string): () => (number | null)[] {
    const at = questions.length;
    questions.push(`SELECT ${at}, ${list} FROM (${sql}) AS question(${names})`);
    return () => answers[at] ?? [];
  }
  return {
    ask(sql, columns = 1) {
      const names = Array.from({ length: columns }, (_, index) => `a${index}`).join(', ');
      return add(`[${names}]`, sql, names);
    },
    askList: (sql) => add('coalesce(answer, [])', sql, 'answer'),
    async take(session) {
      if (questions.length === 0) return;
      for (const [at, values] of await session.rows(questions.join('\nUNION ALL '))) {
        answers[Number(at)] = (values as (string | null)[]).map((value) => (value === null ? null : Number(value)));
      }
    },
  };
}
