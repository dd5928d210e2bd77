/** The file in CHURCHHUB_HOME with the heads of the sealed log, one per line, newest last. */
export const headFileName = 'audit-head.jsonl'
