/** Errors that no outside cause explains, threads that died, and ends of Node by an exception. */
const BUG = /"code":"INTERNAL"|"level":"fatal"|^Node\.js v\d/;

/** Lines of a role's log that tell of a bug. */
export const bugsInLog = (log: string): string[] => log.split('\n').filter((line) => BUG.test(line));
