import { expect, test } from 'vitest'
import { changesOf, type Profile, textsIn } from './model.ts'

const profile: Profile = {
  id: 'u1',
  name: 'Ruth Adler',
  churchName: 'Grace Church',
  email: 'ruth@church.example',
  role: 'PASTOR',
  bio: null,
  schedulingLink: 'https://cal.example/ruth',
}

test('only changed fields are sent, trimmed', () => {
  const typed = { ...textsIn(profile), name: ' Ruth Stern ', bio: 'Listens.\nAlways.' }
  expect(changesOf(profile, typed)).toEqual({ name: 'Ruth Stern', bio: 'Listens.\nAlways.' })
})

test('an emptied field is sent as an empty string, which clears it', () => {
  const current = { ...profile, bio: 'Listens.' }
  expect(changesOf(current, { ...textsIn(current), bio: '', schedulingLink: '' })).toEqual({
    bio: '',
    schedulingLink: '',
  })
})

test('nothing is sent if nothing changed, whatever else the form contains', () => {
  expect(changesOf(profile, { ...textsIn(profile), name: 'Ruth Adler ', role: 'ADMIN' })).toBeNull()
})
