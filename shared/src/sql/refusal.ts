/** Something in the job that Millrace does not run. `location` is a byte offset in its texts; see query-texts.ts. */
export type Refusal = {
  message: string;
  hint: string;
  location: number | null;
  /** Field of the spec at fault, where it is not the one of `location`, nor `query`. */
  path?: string;
};
