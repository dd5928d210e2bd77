import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Services } from '../../src/bootstrap.ts'
import { accessStateFileName } from '../../src/core/access/access-state.ts'
import { TokenUnconfirmedError } from '../../src/core/tokens/errors.ts'
import { agreeToAiConfiguration } from '../../src/features/ai/configurations/agree-to-ai-configuration.ts'
import { createAiConfiguration } from '../../src/features/ai/configurations/create-ai-configuration.ts'
import { withdrawAiConsent } from '../../src/features/ai/configurations/withdraw-ai-consent.ts'
import { readConfigurationWithConsent } from '../../src/features/ai/read-configuration-with-consent.ts'
import { digestOfTerms, termsOf } from '../../src/features/ai/terms.model.ts'
import { deleteSummary } from '../../src/features/summaries/retention/delete-summary.ts'
import { confirmApiToken } from '../../src/features/tokens/confirm-api-token.ts'
import { createApiToken } from '../../src/features/tokens/create-api-token.ts'
import { revokeApiToken } from '../../src/features/tokens/revoke-api-token.ts'
import { createUser } from '../../src/features/users/admin/create-user.ts'
import { deactivateUser } from '../../src/features/users/admin/deactivate-user.ts'
import { createPasswordLink } from '../../src/features/users/links/create-password-link.ts'
import { setPasswordByLink } from '../../src/features/users/links/set-password-by-link.ts'
import { passwordResetRequiredSince } from '../../src/features/users/reads.ts'
import { signIn } from '../../src/features/users/sessions/sign-in.ts'
import { signOut } from '../../src/features/users/sessions/sign-out.ts'
import { cloneOf, openTestServices, temporaryHome } from '../support/audited-church.ts'
import { createEmptyDatabase } from '../support/database.ts'
import { addBooking, addSummary, testOrigin } from '../support/parish.ts'

// Each test starts several servers.
vi.setConfig({ testTimeout: 60_000 })

const password = 'a password that only tests have'
let home: string
let live: Awaited<ReturnType<typeof createEmptyDatabase>>
let open: Services[]
let dropped: (() => Promise<void>)[]
beforeEach(async () => {
  home = temporaryHome()
  live = await createEmptyDatabase()
  open = []
  dropped = [live.drop]
})
afterEach(async () => {
  for (const services of open) await services.close()
  for (const drop of dropped) await drop()
})

async function start(url: string, variables: NodeJS.ProcessEnv = {}, at = home): Promise<Services> {
  const services = await openTestServices(url, at, variables)
  open.push(services)
  return services
}

async function stop(services: Services): Promise<void> {
  open = open.filter((other) => other !== services)
  await services.close()
}

/** Copies the database, as a dump would. There must be no open connections. */
async function dump(): Promise<string> {
  const copy = await cloneOf(live.url)
  dropped.push(copy.drop)
  return copy.url
}

async function addUser({ deps }: Services, role: 'pastor' | 'admin'): Promise<string> {
  const name = `the-${role}`
  const profile = { role, email: `${name}@church.example`, name, churchName: 'Test', bio: null, password }
  const known = { calUserId: name, schedulingUsername: name, schedulingLink: '' }
  const { userId } = await createUser(deps, { by: 'command', userId: null, origin: null }, { ...profile, ...known })
  return userId
}

const signInAs = ({ deps }: Services, role: string, input = password) =>
  signIn(deps, null, testOrigin, { email: `the-${role}@church.example`, password: input })

const actionsIn = async ({ deps }: Services, action: string) =>
  (await deps.database.auditLog.findMany({ where: { action } })).map(({ metadata }) => metadata)

/** A church with a pastor and an admin signed in, a token of each, a brief, and a dump of it all. */
async function dumpedChurch(variables: NodeJS.ProcessEnv = {}) {
  const first = await start(live.url, variables)
  await addUser(first, 'pastor')
  await addUser(first, 'admin')
  const [pastor, admin] = [await signInAs(first, 'pastor'), await signInAs(first, 'admin')]
  const tokens = []
  for (const { viewer } of [pastor, admin]) {
    tokens.push(await createApiToken(first.deps, viewer, testOrigin, { name: 'x', scopes: ['audit:read'] }))
  }
  const bookingId = await addBooking(first.deps, pastor.viewer)
  const summaryId = await addSummary(first.deps, pastor.viewer, bookingId, 'words')
  await stop(first)
  const dumped = await dump()
  const [pastorToken, adminToken] = tokens
  if (!pastorToken || !adminToken) throw new Error('no tokens')
  return { dumped, pastor, admin, pastorToken, adminToken, bookingId, summaryId }
}

describe('after a restore from a dump', () => {
  test('no session, token or password is accepted', async () => {
    const { dumped, pastor, admin, pastorToken, adminToken } = await dumpedChurch()
    const second = await start(live.url)
    await signOut(second.deps, pastor.viewer, testOrigin)
    await revokeApiToken(second.deps, admin.viewer, testOrigin, pastorToken.tokenId)
    expect(await second.deps.sessions.validate(admin.session.token.reveal())).not.toBeNull()
    await stop(second)

    const restored = await start(dumped)
    for (const { session } of [pastor, admin]) {
      expect(await restored.deps.sessions.validate(session.token.reveal())).toBeNull()
      expect((await restored.deps.sessions.findValid([session.sessionId])).size).toBe(0)
    }
    // Revoked after the backup, according to the external record; the other awaits confirmation.
    expect(await restored.deps.tokens.validate(pastorToken.token.reveal())).toBeNull()
    await expect(restored.deps.tokens.validate(adminToken.token.reveal())).rejects.toThrow(TokenUnconfirmedError)
    expect((await restored.deps.tokens.findValid([adminToken.tokenId])).size).toBe(0)
    await expect(signInAs(restored, 'admin')).rejects.toThrow(
      'The email address or the password is wrong. Check both and try again.',
    )
    expect(await passwordResetRequiredSince(restored.deps.database)).not.toBeNull()
    expect(await actionsIn(restored, 'access.restored')).toEqual([
      { cause: 'checkpoint', sessions: 2, tokens: 2, passwords: 'reset' },
    ])
    expect(await actionsIn(restored, 'session.sign_in_failed')).toEqual([{ reason: 'password_outdated' }])
  })

  test('a link sets a new password, and an admin confirms a token', async () => {
    const { dumped, pastor, adminToken } = await dumpedChurch()
    await stop(await start(live.url))
    const restored = await start(dumped)
    const { deps } = restored
    const link = await createPasswordLink(deps, { email: 'the-admin@church.example', publicUrl: 'http://x' })
    const token = link.url.split('#token=')[1] ?? ''
    await setPasswordByLink(deps, testOrigin, 'password_reset', { token, newPassword: 'quite another phrase' })
    const admin = await signInAs(restored, 'admin', 'quite another phrase')
    await expect(confirmApiToken(deps, pastor.viewer, testOrigin, adminToken.tokenId)).rejects.toThrow('Only an admin')
    await confirmApiToken(deps, admin.viewer, testOrigin, adminToken.tokenId)
    expect(await deps.tokens.validate(adminToken.token.reveal())).toMatchObject({ tokenId: adminToken.tokenId })
    expect(await actionsIn(restored, 'token.confirmed')).toHaveLength(1)
    await stop(restored)
    const restarted = await start(dumped)
    expect(await restarted.deps.sessions.validate(admin.session.token.reveal())).not.toBeNull()
  })

  test('links mailed before it are invalid', async () => {
    const first = await start(live.url)
    await addUser(first, 'pastor')
    const link = await createPasswordLink(first.deps, { email: 'the-pastor@church.example', publicUrl: 'http://x' })
    await stop(first)
    const dumped = await dump()
    await stop(await start(live.url))
    const { deps } = await start(dumped)
    const input = { token: link.url.split('#token=')[1] ?? '', newPassword: 'quite another phrase' }
    await expect(setPasswordByLink(deps, testOrigin, 'password_reset', input)).rejects.toThrow('link')
  })

  test('passwords stay valid if the operator says so', async () => {
    const { dumped, admin } = await dumpedChurch()
    await stop(await start(live.url))
    const restored = await start(dumped, { RESTORE_KEEPS_PASSWORDS: 'on' })
    expect(await restored.deps.sessions.validate(admin.session.token.reveal())).toBeNull()
    expect((await signInAs(restored, 'admin')).viewer.role).toBe('admin')
    expect(await passwordResetRequiredSince(restored.deps.database)).toBeNull()
  })

  test('deletions, withdrawals and ended accesses are applied again, once', async () => {
    const { dumped, pastor, admin, bookingId, summaryId } = await dumpedChurch()
    const second = await start(live.url)
    await deleteSummary(second.deps, pastor.viewer, testOrigin, summaryId)
    await deactivateUser(second.deps, admin.viewer, testOrigin, pastor.viewer.userId)
    await stop(second)

    const restored = await start(dumped)
    expect(await restored.deps.database.contextSummary.count({ where: { bookingId } })).toBe(0)
    const user = await restored.deps.database.user.findUniqueOrThrow({ where: { id: pastor.viewer.userId } })
    expect(user.isActive).toBe(false)
    const kinds = (await actionsIn(restored, 'withdrawal.reapplied'))
      .map((metadata) => Object(metadata).kind)
      .toSorted()
    expect(kinds).toEqual(['summary_deleted', 'user_deactivated'])
    const lines = await readFile(join(home, 'withdrawals.jsonl'), 'utf8')
    expect(lines).not.toMatch(/@|the-pastor/)
    await stop(restored)
    const restarted = await start(dumped)
    expect(await actionsIn(restarted, 'withdrawal.reapplied')).toHaveLength(2)
  })

  test.each([
    ['a withdrawn AI consent', null, []],
    ['its high-sensitivity part', 'high_sensitivity', [{ includesHighSensitivity: false }]],
  ] as const)('%s is withdrawn again', async (_what, only, left) => {
    const first = await start(live.url)
    await addUser(first, 'pastor')
    const { viewer } = await signInAs(first, 'pastor')
    const input = { isForChurch: false, provider: 'openai', model: 'gpt-4o-mini', promptTemplate: '{{form}}' }
    const configurationId = await createAiConfiguration(first.deps, viewer, testOrigin, input)
    const configuration = await first.deps.database.$transaction((tx) =>
      readConfigurationWithConsent(tx, viewer.userId, configurationId),
    )
    const terms = configuration && termsOf(configuration)
    if (!terms) throw new Error('there is nothing to agree to')
    const agreement = { configurationId, termsDigest: digestOfTerms(terms), includesHighSensitivity: true }
    await agreeToAiConfiguration(first.deps, viewer, testOrigin, agreement)
    await stop(first)
    const dumped = await dump()
    const second = await start(live.url)
    await withdrawAiConsent(second.deps, viewer, testOrigin, { configurationId, only })
    await stop(second)

    const restored = await start(dumped)
    const consents = await restored.deps.database.aiConsent.findMany({ select: { includesHighSensitivity: true } })
    expect(consents).toEqual(left)
    expect(await actionsIn(restored, 'withdrawal.reapplied')).toMatchObject([{ kind: 'ai_consent_withdrawn' }])
  })

  test('a running server detects it, and clears cached logins on all nodes', async () => {
    const church = await dumpedChurch()
    const running = await start(live.url)
    const { deps } = running
    expect(await deps.sessions.validate(church.admin.session.token.reveal())).not.toBeNull()
    await deps.database.$executeRaw`UPDATE node_checkpoints SET counter = 1`
    await deps.database.$executeRaw`SELECT pg_notify('access_changed', '')::text`
    await expect.poll(() => deps.sessions.validate(church.admin.session.token.reveal()), { timeout: 5_000 }).toBeNull()
  })
})

describe('access survives', () => {
  test('a restart, a crash between the two writes, a new home, and another database in the same home', async () => {
    const { admin } = await dumpedChurch()
    const isAlive = async (services: Services) => {
      expect(await services.deps.sessions.validate(admin.session.token.reveal())).not.toBeNull()
      expect(await actionsIn(services, 'access.restored')).toEqual([])
      await stop(services)
    }
    const before = await readFile(join(home, accessStateFileName), 'utf8')
    await isAlive(await start(live.url))
    // The database is ahead of the file.
    await writeFile(join(home, accessStateFileName), before)
    await isAlive(await start(live.url))
    await isAlive(await start(live.url, {}, temporaryHome()))
    const other = await createEmptyDatabase()
    dropped.push(other.drop)
    const otherServices = await start(other.url)
    expect(await actionsIn(otherServices, 'access.restored')).toEqual([])
    await stop(otherServices)
    await isAlive(await start(live.url))
  })

  test('two nodes with separate homes, one of them asleep meanwhile', { timeout: 60_000 }, async () => {
    const { dumped, admin } = await dumpedChurch()
    const otherHome = temporaryHome()
    await stop(await start(live.url, {}, otherHome))
    for (let round = 0; round < 3; round += 1) await stop(await start(live.url))
    const late = await start(live.url, {}, otherHome)
    expect(await late.deps.sessions.validate(admin.session.token.reveal())).not.toBeNull()
    await stop(late)
    // Both detect a restore, and the second doesn't end what started after the first detected it.
    const first = await start(dumped, { RESTORE_KEEPS_PASSWORDS: 'on' })
    const signedIn = await signInAs(first, 'admin')
    const second = await start(dumped, { RESTORE_KEEPS_PASSWORDS: 'on' }, otherHome)
    expect(await second.deps.sessions.validate(signedIn.session.token.reveal())).not.toBeNull()
    expect(await actionsIn(second, 'access.restored')).toHaveLength(1)
  })
})

describe('SESSION_EPOCH', () => {
  test('ends all access when it changes, even on a node that has never seen the database, and only then', async () => {
    const { dumped, admin } = await dumpedChurch({ SESSION_EPOCH: 'one' })
    const same = await start(dumped, { SESSION_EPOCH: 'one' }, temporaryHome())
    expect(await same.deps.sessions.validate(admin.session.token.reveal())).not.toBeNull()
    await stop(same)
    const changed = await start(dumped, { SESSION_EPOCH: 'two' }, temporaryHome())
    expect(await changed.deps.sessions.validate(admin.session.token.reveal())).toBeNull()
    await stop(changed)
    await expect(start(dumped, { SESSION_EPOCH: 'one' })).rejects.toThrow('SESSION_EPOCH')
  })
})
