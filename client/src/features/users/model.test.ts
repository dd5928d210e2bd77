import { expect, test } from 'vitest'
import { problemOfCode } from '../../lib/problem.ts'
import {
  accessLabel,
  accessOf,
  bookingPageOf,
  calUsernameOf,
  changesOf,
  filterOf,
  invitationOf,
  type Member,
  messageForField,
  messageForForm,
  noFilter,
} from './model.ts'

const now = new Date('2026-11-24T12:00:00Z')
const member = (overrides: Partial<Member> = {}): Member => ({
  id: 'u1',
  name: 'Ruth Adler',
  email: 'ruth@church.example',
  churchName: 'Test Church',
  role: 'PASTOR',
  isActive: true,
  hasPassword: true,
  invitedUntil: null,
  lastLoginAt: '2026-11-24T11:55:00.000Z',
  createdAt: '2026-01-01T00:00:00.000Z',
  schedulingUsername: 'ruth',
  schedulingLink: 'https://cal.com/ruth',
  bio: null,
  ...overrides,
})

test('a selection becomes the API’s filter, and an empty one none', () => {
  expect(filterOf(noFilter)).toEqual({})
  expect(filterOf({ search: '  ruth ', role: 'ADMIN', access: 'out' })).toEqual({
    search: 'ruth',
    role: ['ADMIN'],
    isActive: false,
  })
})

test.each([
  [{}, 'active', 'Signed in 5 min ago'],
  [{ lastLoginAt: null }, 'active', 'Active, never signed in'],
  [{ isActive: false }, 'deactivated', 'Deactivated, last signed in 5 min ago'],
  [{ isActive: false, lastLoginAt: null }, 'deactivated', 'Deactivated, never signed in'],
  [{ isActive: false, hasPassword: false, lastLoginAt: null }, 'uninvited', 'Can’t sign in: no invitation is open'],
] as const)('shows the state of access for %o', (overrides, access, expected) => {
  expect(accessOf(member(overrides))).toBe(access)
  expect(accessLabel(member(overrides), now)).toBe(expected)
})

test('says how long an invitation is valid', () => {
  const invited = member({
    isActive: false,
    hasPassword: false,
    lastLoginAt: null,
    invitedUntil: '2026-11-29T12:00:00.000Z',
  })
  expect(accessOf(invited)).toBe('invited')
  expect(accessLabel(invited, now)).toMatch(/29/)
})

test('the placeholder for a missing Cal.com username is not shown', () => {
  expect(calUsernameOf(member())).toBe('ruth')
  expect(calUsernameOf(member({ schedulingUsername: 'none:0197' }))).toBeNull()
})

test.each(['', 'cal.com/ruth', 'javascript:alert(1)'])('"%s" is not linked as a booking page', (schedulingLink) => {
  expect(bookingPageOf(member({ schedulingLink }))).toBeNull()
})

test('an invitation omits empty fields', () => {
  const typed = { email: ' new@church.example ', name: 'Noa', churchName: 'Test Church', role: 'ADMIN' }
  expect(invitationOf({ ...typed, schedulingUsername: ' ', calUserId: '', schedulingLink: '' })).toEqual({
    ...typed,
    email: 'new@church.example',
  })
})

test('only changed fields are sent', () => {
  const typed = { name: 'Ruth Adler', email: 'ruth@church.example', churchName: 'Test Church', calUserId: '' }
  expect(changesOf(member(), typed)).toBeNull()
  expect(changesOf(member(), { ...typed, name: 'Ruth Stern ', calUserId: '7', role: 'ADMIN' })).toEqual({
    id: 'u1',
    name: 'Ruth Stern',
    calUserId: '7',
    role: 'ADMIN',
  })
})

test('an emptied field is sent as an empty string, so the server can refuse it', () => {
  expect(changesOf(member({ bio: 'Sings.' }), { bio: '', schedulingLink: '' })).toEqual({
    id: 'u1',
    bio: '',
    schedulingLink: '',
  })
  expect(changesOf(member({ schedulingUsername: 'none:0197' }), { schedulingUsername: '' })).toBeNull()
})

test('a conflict is shown at its field; one without a field above the form', () => {
  const conflict = {
    ...problemOfCode('CONFLICT'),
    field: 'calUserId',
    message: 'Another user already has this calUserId. Use a different one.',
  }
  expect(messageForField(conflict, 'calUserId')).toBe('Another user already has this value. Use a different one.')
  expect(messageForForm(conflict, ['calUserId'])).toBeNull()
  expect(messageForForm({ ...conflict, field: null, message: 'Another admin has to do this.' }, ['calUserId'])).toBe(
    'Another admin has to do this.',
  )
})
