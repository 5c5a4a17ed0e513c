/**
 * Durable bytes under unique names. Executors write state blobs here before the commit names them.
 * STORE_UNAVAILABLE: try again. BLOB_LOST: there is nothing (any more) under that name.
 */
export type BlobStore = {
  /** Resolves when the bytes are as durable as the store makes them. Writing the same name twice is allowed and equal. */
  put(name: string, bytes: Uint8Array): Promise<void>;
  get(name: string): Promise<Uint8Array>;
  /** Removing what is not there is fine. */
  remove(names: readonly string[]): Promise<void>;
  /** Names that start with `prefix`, in no order. */
  list(prefix: string): AsyncIterable<string>;
  close(): Promise<void>;
};
