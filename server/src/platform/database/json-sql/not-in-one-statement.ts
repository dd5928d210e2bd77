/** The query can't be written as one statement. Not a failure: the caller falls back to ordinary reads. */
export class UnsupportedQueryError extends Error {}
