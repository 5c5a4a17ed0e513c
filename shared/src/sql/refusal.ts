/** Something in the job that Millrace does not run. `location` is a byte offset in the query. */
export type Refusal = {
  message: string;
  hint: string;
  location: number | null;
  /** Field of the spec at fault, where it is not `query`. */
  path?: 'outputMode' | 'sink' | 'sink.key';
};
