/** Something in the query that Millrace does not run. `location` is a byte offset in the query. */
export type Refusal = { message: string; hint: string; location: number | null };
