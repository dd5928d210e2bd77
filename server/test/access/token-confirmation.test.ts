import { afterAll, beforeAll, expect, it } from 'vitest'
import { createPasswordLink } from '../../src/features/users/links/create-password-link.ts'
import { type RunningChurch, startChurch } from '../support/running-church.ts'
import { addToken, askWithToken } from '../support/tokens.ts'

let church: RunningChurch
beforeAll(async () => {
  church = await startChurch({ runsJobs: false })
})
afterAll(() => church.close())

const waiting = `{ apiTokens(first: 10, filter: { awaitsConfirmation: true }) { nodes { id isActive awaitsConfirmation } } }`
const confirm = `mutation($id: ID!) { confirmApiToken(input: { id: $id }) { apiToken { isActive awaitsConfirmation } } }`
const reset = `mutation($token: String!) { resetPassword(input: { token: $token, newPassword: "quite another phrase" }) { email } }`

it('a restore ends the session, and a token’s error asks for the confirmation that an admin gives', async () => {
  const { database } = church.deps
  const token = await addToken(church, church.pastor, ['bookings:read'])
  const ask = () => askWithToken(church, token, '{ bookings(first: 1) { nodes { id } } }')
  expect((await ask()).errors).toBeUndefined()
  const notice = '{ passwordResetRequiredSince }'
  expect((await church.ask(null, notice)).data).toEqual({ passwordResetRequiredSince: null })

  // How a restored dump looks to a running node: the checkpoint has gone back.
  await database.$executeRaw`UPDATE node_checkpoints SET counter = 0`
  await database.$executeRaw`SELECT pg_notify('access_changed', '')::text`
  await expect.poll(async () => (await ask()).status, { timeout: 10_000 }).toBe(401)
  expect((await ask()).errors?.[0]?.extensions.code).toBe('TOKEN_UNCONFIRMED')
  const refused = { action: 'token.refused', resourceId: token.rowId }
  expect(await database.auditLog.findFirst({ where: refused })).toMatchObject({
    metadata: { reason: 'unconfirmed', subjectUserId: church.pastor.userId },
  })
  const signedOut = await church.ask(church.admin, '{ viewer { id } }')
  expect(signedOut.data).toEqual({ viewer: null })
  expect((await church.ask(null, notice)).data).toEqual({ passwordResetRequiredSince: expect.any(String) })

  const link = await createPasswordLink(church.deps, { email: church.admin.email, publicUrl: 'http://x' })
  const used = await church.ask(null, reset, { token: link.url.split('#token=')[1] })
  expect(used.errors).toBeUndefined()
  const signIn = `mutation { signIn(input: { email: "${church.admin.email}", password: "quite another phrase" }) { viewer { id } } }`
  const response = await fetch(`${church.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: signIn }),
  })
  const admin = { cookie: response.headers.getSetCookie()[0]?.split(';')[0] ?? '' }
  expect((await church.ask(admin, waiting)).data).toEqual({
    apiTokens: { nodes: [{ id: token.id, isActive: false, awaitsConfirmation: true }] },
  })
  expect((await church.ask(admin, confirm, { id: token.id })).data).toEqual({
    confirmApiToken: { apiToken: { isActive: true, awaitsConfirmation: false } },
  })
  expect((await ask()).errors).toBeUndefined()
})
