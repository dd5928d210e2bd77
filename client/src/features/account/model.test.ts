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

test('only what is different is sent, without the spaces around it', () => {
  const typed = { ...textsIn(profile), name: ' Ruth Stern ', bio: 'Listens.\nAlways.' }
  expect(changesOf(profile, typed)).toEqual({ name: 'Ruth Stern', bio: 'Listens.\nAlways.' })
})

test('what is emptied is sent as empty, which takes it away', () => {
  const told = { ...profile, bio: 'Listens.' }
  expect(changesOf(told, { ...textsIn(told), bio: '', schedulingLink: '' })).toEqual({ bio: '', schedulingLink: '' })
})

test('nothing is sent where nothing is different, whatever else stands in the form', () => {
  expect(changesOf(profile, { ...textsIn(profile), name: 'Ruth Adler ', role: 'ADMIN' })).toBeNull()
})
