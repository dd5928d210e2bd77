import type { Clock } from '../../platform/clock.ts'
import type { Database, ReadRows } from '../../platform/database/client.ts'
import type { Events } from '../../platform/events/events.ts'
import { loginIdOf, type PersonViewer, type TokenViewer } from '../access/viewer.ts'
import { tokenHashOf } from '../tokens/token.ts'
import { createTokens, type Tokens } from '../tokens/tokens.ts'
import { createAuthCache } from './auth-cache.ts'
import { createSessions, type Sessions } from './sessions.ts'
import { sessionIdOf } from './token.ts'

export type Logins = Readonly<{
  sessions: Sessions
  tokens: Tokens
  /** Clears the cache, so every next request queries the database. */
  clearCaches: () => void
}>

type LoginsOptions = Readonly<{
  database: Database
  readRows: ReadRows
  clock: Clock
  events: Events
  secureCookies: boolean
}>

/** The two kinds of logins; each queries the database once for a burst of requests. */
export function createLogins({ database, readRows, clock, events, secureCookies }: LoginsOptions): Logins {
  const sessions = createSessions({ database, readRows, clock, secureCookies })
  const tokens = createTokens({ database, readRows, clock })
  const people = createAuthCache<PersonViewer>({
    events,
    clock,
    lookUp: sessions.validate,
    digestOf: sessionIdOf,
    idOf: loginIdOf,
    endedOn: 'session_ended',
  })
  const scripts = createAuthCache<TokenViewer>({
    events,
    clock,
    lookUp: tokens.validate,
    digestOf: tokenHashOf,
    idOf: loginIdOf,
    endedOn: 'token_ended',
  })
  return {
    sessions: { ...sessions, validate: people.lookUp },
    tokens: { ...tokens, validate: scripts.lookUp },
    clearCaches: () => {
      people.clear()
      scripts.clear()
    },
  }
}
