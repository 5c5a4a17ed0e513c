import type { Style } from './style.ts';

/** Statuses after which nothing more happens by itself. */
const ENDED = new Set(['stopped', 'finished', 'failed']);

export function hasEnded(status: string): boolean {
  return ENDED.has(status);
}

/** The status in the colour of how much it wants attention. */
export function paintStatus(status: string, style: Style): string {
  switch (status) {
    case 'running':
    case 'alive':
      return style.green(status);
    case 'failed':
    case 'lost':
      return style.red(status);
    case 'starting':
    case 'restarting':
    case 'stopping':
    case 'draining':
      return style.yellow(status);
    default:
      return status;
  }
}
