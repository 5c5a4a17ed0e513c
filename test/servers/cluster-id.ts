/** A cluster id is a UUID in Kafka's spelling: 22 characters of base64url. */
export const CLUSTER_ID_BYTES = 16;

/** The cluster id made of these (random) bytes. It never starts with `-`, which command lines would take for an option. */
export function clusterIdOf(bytes: Buffer): string {
  const [first = 0, ...rest] = bytes;
  return Buffer.from([first & 0x7f, ...rest]).toString('base64url');
}
