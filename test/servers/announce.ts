/** One line about something that takes a while. On standard error: programs print their results on standard output. */
export function announce(line: string): void {
  process.stderr.write(`millrace: ${line}\n`);
}
