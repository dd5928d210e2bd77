import { allScopes, type Scope } from '../../src/core/access/scopes.ts'
import type { PersonViewer, TokenViewer, Viewer } from '../../src/core/access/viewer.ts'
import { addBooking, addFormResponse, addSummary } from '../support/parish.ts'
import { type RunningChurch, startChurch } from '../support/running-church.ts'
import type { Values } from './random-queries.ts'

const sensitivities = ['High', 'Medium', 'Low'] as const
const statuses = ['pending', 'confirmed', 'cancelled', 'completed', 'no_show'] as const

/** A church with rows for every rule, and its viewers. */
export type PlannedChurch = Readonly<{ church: RunningChurch; viewers: ReadonlyMap<string, Viewer>; values: Values }>

/**
 * Twelve bookings for each of two pastors: every sensitivity, some anonymous, with up to three summaries and responses.
 */
export async function openPlannedChurch(): Promise<PlannedChurch> {
  const church = await startChurch({ runsJobs: false })
  const ids = new Map<string, string[]>([
    ['Booking', []],
    ['ContextSummary', []],
    ['FormResponse', []],
    ['User', [church.pastor, church.otherPastor, church.admin].map(({ userId }) => globalId('User', userId))],
  ])
  const note = (type: string, id: string) => ids.get(type)?.push(globalId(type, id))
  for (const owner of [church.pastor, church.otherPastor]) {
    for (let n = 0; n < 12; n++) {
      const startTime = new Date(Date.UTC(2026, 6 + (n % 4), 1 + n, 9))
      const bookingId = await addBooking(church.deps, owner, {
        columns: {
          startTime,
          endTime: new Date(startTime.getTime() + 45 * 60_000),
          createdAt: new Date(Date.UTC(2026, 5, 1 + (n % 3))),
          sensitivity: sensitivities[n % 3] ?? 'Medium',
          status: statuses[n % 5] ?? 'pending',
          isAnonymous: n % 4 === 0,
          title: n % 2 === 0 ? 'Grief with Maria Santos' : 'Wedding 100% sure',
          eventTypeTitle: n % 5 === 0 ? null : 'Pastoral Care',
          location: n % 3 === 0 ? '12 Church Lane' : null,
          attendees: n % 2 === 0 ? [{ name: 'Maria Santos', email: 'maria@example.org', timeZone: null }] : [],
          metadata: n % 3 === 0 ? { attendeeCount: 2, hasIntake: true } : {},
        },
      })
      note('Booking', bookingId)
      for (let m = 0; m < n % 4; m++) {
        note('ContextSummary', await addSummary(church.deps, owner, bookingId, 'Words', { topic: `Topic ${m}` }))
        note('FormResponse', await addFormResponse(church.deps, owner, bookingId, []))
      }
    }
  }
  return { church, viewers: viewersOf(church), values: valuesOf(ids, await cursorsIn(church)) }
}

function viewersOf(church: RunningChurch): ReadonlyMap<string, Viewer> {
  const token = ({ userId, role }: PersonViewer, scopes: readonly Scope[]): TokenViewer => {
    return { kind: 'token', userId, role, tokenId: userId, scopes: new Set(scopes) }
  }
  const [pastor, admin] = [church.pastor.viewer, church.admin.viewer]
  return new Map<string, Viewer>([
    ['a pastor', pastor],
    ['another pastor', church.otherPastor.viewer],
    ['an admin', admin],
    ["a pastor's token with everything", token(pastor, allScopes)],
    ["an admin's token with everything", token(admin, allScopes)],
    ['a token for bookings', token(pastor, ['bookings:read'])],
    ['a token for bookings and summaries', token(admin, ['bookings:read', 'summaries:read'])],
    ['a token that only counts', token(admin, ['count-only'])],
  ])
}

/** The cursors of some lists, those of a pastor's bookings first. */
async function cursorsIn(church: RunningChurch): Promise<string[]> {
  const cursors: string[] = []
  for (const person of [church.pastor, church.otherPastor, church.admin]) {
    for (const list of ['bookings', 'contextSummaries', 'formResponses']) {
      const { data } = await church.ask<Record<string, { edges: { cursor: string }[] }>>(
        person,
        `{ ${list} { edges { cursor } } }`,
      )
      for (const { cursor } of data?.[list]?.edges ?? []) cursors.push(cursor)
    }
  }
  return cursors
}

function valuesOf(ids: ReadonlyMap<string, string[]>, cursors: readonly string[]): Values {
  const unknownIds = ['Booking', 'User'].map((type) => globalId(type, '01900000-0000-7000-8000-000000000000'))
  const of = (type: string) => [...(ids.get(type) ?? []), ...unknownIds]
  return {
    ids: new Map([
      ['id', of('Booking')],
      ['bookingId', of('Booking')],
      ['ownerId', of('User')],
      ['userId', of('User')],
    ]),
    cursors: [...cursors, 'nonsense', Buffer.from('GPC:S:01900000-0000-7000-8000-000000000000').toString('base64')],
    times: ['2026-06-02T00:00:00Z', '2026-07-05T09:00:00Z', '2026-08-01T00:00:00.000+02:00', '2026-11-01T00:00:00Z'],
    texts: ['maria', 'CARE', '100%', '_', 'nobody', ''],
  }
}

/** The global ID of a row. */
function globalId(type: string, id: string): string {
  return Buffer.from(`${type}:${id}`).toString('base64')
}
