/** Starts like a lane and dies at its first task. */
export default function handle(request: { kind: string }): { kind: 'done' } {
  if (request.kind === 'runTask') process.exit(1);
  return { kind: 'done' };
}
