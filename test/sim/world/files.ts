import { posix } from 'node:path';

export type OpenFile = {
  read(buffer: Uint8Array, at: number, length: number): number;
  write(data: Uint8Array): void;
  replace(data: Uint8Array): void;
};

export type Entry = { name: string; parentPath: string; isFile(): boolean };

/** A tree of files in memory, with the few steps that executors take and the errors that Node gives. All at once. */
export type Files = {
  /** The first folder that was not there; undefined: all were. */
  makeFolder(path: string): string | undefined;
  read(path: string): Buffer;
  write(path: string, data: string | Uint8Array): void;
  rename(from: string, to: string): void;
  remove(path: string, options: { recursive?: boolean; force?: boolean }): void;
  list(path: string, recursive: boolean): Entry[];
  /** Of a file; 0 for a folder. */
  sizeOf(path: string): number;
  exists(path: string): boolean;
  open(path: string, flags: string): OpenFile;
};

export function createFiles(): Files {
  const contents = new Map<string, Buffer>();
  const folders = new Set<string>(['/']);

  function requireFile(path: string): Buffer {
    const found = contents.get(path);
    if (found) return found;
    throw nodeError(folders.has(path) ? 'EISDIR' : 'ENOENT', path);
  }

  function requireFolder(path: string): void {
    if (!folders.has(path)) throw nodeError('ENOENT', path);
  }

  function write(path: string, data: string | Uint8Array): void {
    requireFolder(posix.dirname(path));
    contents.set(path, Buffer.from(data as Uint8Array));
  }

  const files: Files = {
    makeFolder(path) {
      if (folders.has(path)) return undefined;
      const first = files.makeFolder(posix.dirname(path)) ?? path;
      folders.add(path);
      return first;
    },
    read: (path) => Buffer.from(requireFile(path)),
    write,
    rename(from, to) {
      const found = requireFile(from);
      write(to, found);
      contents.delete(from);
    },
    remove(path, { recursive = false, force = false }) {
      if (contents.delete(path)) return;
      if (!folders.has(path)) {
        if (force) return;
        throw nodeError('ENOENT', path);
      }
      if (!recursive) throw nodeError('EISDIR', path);
      const below = (name: string) => name === path || name.startsWith(`${path}/`);
      for (const name of contents.keys()) if (below(name)) contents.delete(name);
      for (const name of folders) if (below(name)) folders.delete(name);
    },
    list(path, recursive) {
      requireFolder(path);
      const found: Entry[] = [];
      const look = (name: string, isFile: boolean) => {
        const parentPath = posix.dirname(name);
        const inside = recursive ? name.startsWith(`${path}/`) : parentPath === path && name !== path;
        if (inside) found.push({ name: posix.basename(name), parentPath, isFile: () => isFile });
      };
      for (const name of contents.keys()) look(name, true);
      for (const name of folders) look(name, false);
      return found.sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    sizeOf: (path) => (folders.has(path) ? 0 : requireFile(path).length),
    exists: (path) => contents.has(path) || folders.has(path),
    open(path, flags) {
      if (flags === 'w') write(path, '');
      else if (!folders.has(path)) requireFile(path);
      let position = 0;
      return {
        read(buffer, at, length) {
          const piece = requireFile(path).subarray(position, position + length);
          buffer.set(piece, at);
          position += piece.length;
          return piece.length;
        },
        write: (data) => write(path, Buffer.concat([requireFile(path), data])),
        replace: (data) => write(path, data),
      };
    },
  };
  return files;
}

export function nodeError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: '${path}'`), { code });
}
