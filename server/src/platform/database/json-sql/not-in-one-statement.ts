/**
 * Says that the one-statement way can't answer something. It is no failure: whoever asked reads in the ordinary way,
 * which can.
 */
export class UnsupportedQueryError extends Error {}
