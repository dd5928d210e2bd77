/** The file in CHURCHHUB_HOME that holds the heads of the sealed log, one a line, newest last. */
export const headFileName = 'audit-head.jsonl'
