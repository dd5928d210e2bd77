import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addBooking } from '../support/parish.ts'
import { type RunningChurch, startChurch } from '../support/running-church.ts'

let church: RunningChurch
let own: string
let foreign: string

const globalId = (type: string, id: string) => Buffer.from(`${type}:${id}`).toString('base64')
const uuid = '01890000-0000-7000-8000-000000000000'

beforeAll(async () => {
  church = await startChurch({ runsJobs: false })
  own = globalId('Booking', await addBooking(church.deps, church.pastor))
  foreign = globalId('Booking', await addBooking(church.deps, church.otherPastor))
})
afterAll(() => church.close())

const query = 'query($ids: [ID!]!) { nodes(ids: $ids) { id __typename } }'
const fetchNodes = (ids: readonly string[]) => church.ask<{ nodes: unknown[] }>(church.pastor, query, { ids })

describe('nodes', () => {
  it.each([
    ['no base64', 'not an ID'],
    ['empty', ''],
    ['a text without a type', Buffer.from('Booking').toString('base64')],
    ['a number instead of a UUID', globalId('Booking', '123')],
    ['an ID of an unknown type', globalId('Nonsense', uuid)],
    ['an ID of a type that is no node', globalId('BookingConnection', uuid)],
    ['an ID of an input type', globalId('BookingFilter', uuid)],
    ['an ID of a scalar', globalId('String', uuid)],
    ['an ID of a property of every object', globalId('__proto__', uuid)],
    ['an ID of a row that does not exist', globalId('Booking', uuid)],
    ['an ID of a type that admins read', globalId('WebhookDelivery', uuid)],
  ])('returns null and NOT_FOUND in place of %s, and the other nodes', async (_, id) => {
    const { data, errors, status } = await fetchNodes([own, id, own])
    expect(status).toBe(200)
    expect(data?.nodes).toEqual([{ id: own, __typename: 'Booking' }, null, { id: own, __typename: 'Booking' }])
    expect(errors).toMatchObject([{ path: ['nodes', 1], extensions: { code: 'NOT_FOUND' } }])
    expect(JSON.stringify(errors)).not.toContain(id === '' ? 'undefined' : id)
  })

  it('returns an error for each missing node', async () => {
    const { data, errors } = await fetchNodes(['?', foreign, own])
    expect(data?.nodes).toEqual([null, null, { id: own, __typename: 'Booking' }])
    expect(errors?.map(({ path }) => path)).toEqual([
      ['nodes', 0],
      ['nodes', 1],
    ])
  })
})

describe('node', () => {
  it.each(['not an ID', globalId('Booking', '123'), globalId('Nonsense', uuid), globalId('String', uuid), ''])(
    'answers NOT_FOUND for %j',
    async (id) => {
      const { errors } = await church.ask(church.pastor, 'query($id: ID!) { node(id: $id) { id } }', { id })
      expect(errors).toMatchObject([{ path: ['node'], extensions: { code: 'NOT_FOUND' } }])
    },
  )
})

describe('an ID argument of one type', () => {
  const operations: readonly [string, string][] = [
    ['a field', 'query($id: ID!) { booking(id: $id) { id } }'],
    ['a filter', 'query($id: ID!) { bookings(filter: { ids: [$id] }) { totalCount } }'],
    [
      'a mutation',
      'mutation($id: ID!) { setBookingSensitivity(input: { bookingId: $id, sensitivity: LOW }) { booking { id } } }',
    ],
  ]
  const ids: readonly [string, string][] = [
    ['no base64', 'not an ID'],
    ['the ID of a user', globalId('User', uuid)],
    ['an ID of an unknown type', globalId('Nonsense', uuid)],
  ]

  it.each(operations.flatMap(([of, source]) => ids.map(([given, id]) => [of, given, source, id] as const)))(
    'of %s refuses %s, and does not repeat it',
    async (_of, _given, source, id) => {
      const { errors, text } = await church.ask(church.pastor, source, { id })
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
      expect(text).not.toContain(id)
      expect(text).not.toContain(uuid)
    },
  )
})
