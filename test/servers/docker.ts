import { runCommand } from './command.ts';

/** True when an engine answers, not just when the client is installed. */
export async function dockerAnswers(): Promise<boolean> {
  try {
    await runCommand('docker', ['info', '--format', '{{.ServerVersion}}']);
    return true;
  } catch {
    return false;
  }
}

export type ContainerOptions = {
  image: string;
  name: string;
  /** Published on 127.0.0.1 under the same number. */
  port: number;
  /** Mounted read-only at /millrace. */
  folder: string;
  /** What to run in the image instead of its entry point. */
  command: readonly [string, ...string[]];
};

/** The arguments that create the container; its files last until it is removed, so it can be killed and started again. */
export function createArguments({ image, name, port, folder, command: [entry, ...args] }: ContainerOptions): string[] {
  const published = ['--publish', `127.0.0.1:${port}:${port}`];
  const mounted = ['--volume', `${folder}:/millrace:ro`];
  return ['create', '--name', name, ...published, ...mounted, '--user', '0', '--entrypoint', entry, image, ...args];
}

export async function createContainer(options: ContainerOptions): Promise<void> {
  await runCommand('docker', createArguments(options));
}

export async function removeContainer(name: string): Promise<void> {
  await runCommand('docker', ['rm', '--force', '--volumes', name]);
}
