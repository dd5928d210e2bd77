import { createSessions } from '../../src/core/sessions/sessions.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { createDatabase } from '../../src/platform/database/client.ts'
import type { Church } from './church.ts'
import type { Site } from './site.ts'

/** A signed-in user, and the week that they query. */
export type EventReader = Readonly<{ userId: string; cookie: string; from: string; to: string }>

const weekMs = 7 * 86_400_000

/** Signs every pastor in. Each queries one of the weeks from this one on. */
export async function signInPastors(site: Site, church: Church): Promise<EventReader[]> {
  const cookies = await signIn(site, church.pastorIds)
  return church.pastorIds.map((userId, at) => {
    const from = new Date(church.thisMonday.getTime() + (at % church.weeksAhead) * weekMs)
    const to = new Date(from.getTime() + weekMs)
    return { userId, cookie: cookies[at] ?? '', from: from.toISOString(), to: to.toISOString() }
  })
}

/** A session for each of these users, as its cookie. */
export async function signIn({ url }: Site, userIds: readonly string[]): Promise<string[]> {
  const { database, close } = createDatabase({ url, applicationName: 'churchhub bench', maxConnections: 2 })
  const sessions = createSessions({ database, clock: systemClock, secureCookies: false })
  try {
    const cookies: string[] = []
    for (const userId of userIds) {
      const origin = { ipAddress: '127.0.0.1', userAgent: 'bench' }
      const { token } = await database.$transaction((tx) => sessions.create(tx, userId, origin))
      const [cookie = ''] = sessions.cookieFor(token).split(';')
      cookies.push(cookie)
    }
    return cookies
  } finally {
    await close()
  }
}
