import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { password, type RunningChurch, type RunningNode, startChurch } from '../support/running-church.ts'

let church: RunningChurch
beforeAll(async () => {
  church = await startChurch({ runsJobs: false })
})
afterEach(() => void vi.useRealTimers())
afterAll(() => church.close())

/** A node on a machine whose clock is wrong, for as long as timers are fake. */
function startSkewed(minutes: number): Promise<RunningNode> {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + minutes * 60_000 })
  return church.secondNode()
}

const signIn = async ({ ask }: Pick<RunningNode, 'ask'>, email: string, word: string) => {
  const query = 'mutation($input: SignInInput!) { signIn(input: $input) { viewer { id } } }'
  const { errors } = await ask(null, query, { input: { email, password: word } })
  return errors?.[0]?.extensions.code ?? 'signed in'
}

// Fails with the clocks of the nodes: an attempt 15 minutes ahead filled the bucket of the others for minutes.
it.each([15, -15])('a node whose clock is wrong by %d minutes limits nobody on other nodes', async (minutes) => {
  const skewed = await startSkewed(minutes)
  const { email } = church.otherPastor
  expect(await signIn(skewed, email, 'a wrong password')).toBe('UNAUTHENTICATED')
  expect((await skewed.ask(church.otherPastor, '{ viewer { name } }')).errors).toBeUndefined()
  vi.useRealTimers()
  expect(await signIn(church, email, password)).toBe('signed in')
  expect((await church.ask(church.otherPastor, '{ viewer { name } }')).errors).toBeUndefined()
})

it('warns admins of a clock that is wrong by more than two seconds', async () => {
  const codesAt = async ({ ask }: Pick<RunningNode, 'ask'>) =>
    (await ask(church.admin, '{ serverWarnings { code message } }')).data
  const skewed = await startSkewed(1)
  expect(await codesAt(skewed)).toEqual({
    serverWarnings: [{ code: 'CLOCK_SKEWED', message: expect.stringContaining('Synchronize the clock') }],
  })
  vi.useRealTimers()
  expect(await codesAt(church)).toEqual({ serverWarnings: [] })
})
