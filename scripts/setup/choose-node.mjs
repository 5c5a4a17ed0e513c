/** The first release line that runs TypeScript sources unchanged and is supported for long. */
export const NODE_MAJOR_MIN = 24;

/**
 * The major number of a version such as `v24.21.0`; 0 for anything else.
 * @param {string} version
 */
export function nodeMajor(version) {
  return Number(/^v?(\d+)\./.exec(version)?.[1] ?? 0);
}

/**
 * The Node to run programs with: the running one if it is new enough, else the first one the dependencies carry.
 * @param {{ path: string, version: string }} running
 * @param {{ path: string, version: string }[]} carried those that really answered, best first
 * @returns {string | undefined} a path; undefined when none is new enough
 */
export function chooseNode(running, carried) {
  return [running, ...carried].find((node) => nodeMajor(node.version) >= NODE_MAJOR_MIN)?.path;
}

/**
 * Where npm's `node` package may have put its binary, relative to the repository, likeliest first.
 * @param {string} platform as `process.platform`
 * @param {string} arch as `process.arch`
 */
export function carriedNodePaths(platform, arch) {
  const os = platform === 'win32' ? 'win' : platform;
  const binary = platform === 'win32' ? 'bin/node.exe' : 'bin/node';
  const names = [`node-${os}-${arch}`, `node-bin-${os}-${arch}`];
  return [
    `node_modules/node/${binary}`,
    ...names.flatMap((name) => [`node_modules/node/node_modules/${name}/${binary}`, `node_modules/${name}/${binary}`]),
  ];
}
