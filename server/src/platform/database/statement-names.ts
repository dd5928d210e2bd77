import { createHash } from 'node:crypto'

/** SQLSTATEs of a pooler that gave a statement to a session that didn't prepare it, or that did already. */
export const lostStatementStates: ReadonlySet<string> = new Set(['26000', '42P05'])

export type StatementNames = Readonly<{
  /** Creates a function that names statements; it names at most `limit`, because each lives as long as its connection. */
  within(limit: number): (query: { sql: string }) => string
  /** Names no statement from now on. */
  disable(): void
}>

/**
 * Names prepared statements, so PostgreSQL parses and plans each shape once per connection (about a third less CPU). A
 * name is a digest of its SQL: behind a pooler, sessions are shared by nodes and releases, and one name must never mean
 * two statements.
 */
export function createStatementNames(isEnabled: boolean): StatementNames {
  let isOn = isEnabled
  return {
    within(limit) {
      const names = new Map<string, string>()
      return ({ sql }) => {
        if (!isOn) return ''
        const known = names.get(sql)
        if (known !== undefined) return known
        if (names.size >= limit) return ''
        const name = `churchhub_${createHash('sha256').update(sql).digest('base64url')}`
        names.set(sql, name)
        return name
      }
    },
    disable() {
      isOn = false
    },
  }
}
