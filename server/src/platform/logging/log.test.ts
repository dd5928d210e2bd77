import { expect, test } from 'vitest'
import { BadUserInputError } from '../errors.ts'
import { Secret } from '../secret.ts'
import { createLog } from './log.ts'

function captureLog() {
  const lines: string[] = []
  const log = createLog({ level: 'trace', to: { write: (line: string) => void lines.push(line) } })
  return { log, text: () => lines.join(''), last: () => JSON.parse(lines.at(-1) ?? 'null') as Record<string, unknown> } // pino's output
}

test('a line is JSON with a time, a level name, the fields and the message', () => {
  const { log, last } = captureLog()
  log.info({ bookingId: 'b-1', attempt: 2 }, 'booking applied')
  expect(last()).toMatchObject({ level: 'info', bookingId: 'b-1', attempt: 2, msg: 'booking applied' })
  expect(last().time).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/)
})

test('values of secret fields are masked at any depth, in children too', () => {
  const { log, text } = captureLog()
  const canary = 'canary-7f3a'
  const headers = { Authorization: canary, cookie: canary, 'Set-Cookie': canary, 'X-Cal-Signature-256': canary }
  log.info({ request: { headers }, list: [{ deep: { accessToken: canary, passwordHash: canary } }] }, 'one')
  log.child({ clientSecret: canary, apiKey: canary, job: { encryptionKey: canary, token: canary } }).warn('two')
  log.info({ password: canary, tokenHash: canary, value: new Secret(canary) }, 'three')
  expect(text()).not.toContain(canary)
  expect(text()).toContain('[redacted]')
})

test('ids and digests stay readable', () => {
  const { log, last } = captureLog()
  log.info({ tokenId: 't-1', keyId: 'k-1', sealedDigest: 'ab', retries: 3n }, 'ids')
  expect(last()).toMatchObject({ tokenId: 't-1', keyId: 'k-1', sealedDigest: 'ab', retries: '3' })
})

test('objects that are not plain data are named, not walked', () => {
  const { log, last } = captureLog()
  log.info({ body: Buffer.from('canary'), map: new Map([['canary', 1]]) }, 'opaque')
  expect(last()).toMatchObject({ body: '[Buffer]', map: '[Map]' })
})

test('a ChurchHub error is logged with its code, text, extensions, frames and cause', () => {
  const { log, last } = captureLog()
  const cause = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), {
    code: 'ECONNREFUSED',
    syscall: 'connect',
  })
  log.error({ err: Object.assign(new BadUserInputError('email', 'Give an address.'), { cause }) }, 'refused')
  expect(last().err).toMatchObject({
    name: 'BadUserInputError',
    code: 'BAD_USER_INPUT',
    message: 'Give an address.',
    extensions: { field: 'email' },
    stack: expect.stringMatching(/^\s+at /),
    cause: { code: 'ECONNREFUSED', message: 'connect ECONNREFUSED 127.0.0.1:5432' },
  })
})

test('an error whose text quotes values is logged without its text, however it is passed', () => {
  const canary = 'canary-51c2'
  class DatabaseError extends Error {}
  const postgres = Object.assign(new DatabaseError(`invalid input syntax for type uuid: "${canary}"`), {
    code: '22P02',
    detail: `Key (email)=(${canary}) already exists.`,
    parameters: [canary],
  })
  const plain = Object.assign(new Error(`error near "${canary}"`), { severity: 'ERROR' })
  let parsing: unknown
  try {
    JSON.parse(canary)
  } catch (error) {
    parsing = error
  }
  const { log, text, last } = captureLog()
  log.error(postgres)
  log.error({ err: postgres })
  log.error({ err: new Error('outer', { cause: parsing }) }, 'nested')
  log.error({ err: new AggregateError([plain, parsing]), nested: { deeper: [plain] } }, 'many')
  expect(text()).not.toContain(canary)
  log.error(postgres)
  expect(last()).toMatchObject({ msg: 'Error', err: { code: '22P02' } })
})

test('an error that Prisma passes on is logged with its SQLSTATE', () => {
  const { log, last } = captureLog()
  const meta = { driverAdapterError: { cause: { originalCode: '42501', originalMessage: 'canary' } } }
  log.error({ err: Object.assign(new Error('canary'), { code: 'P2010', meta }) }, 'failed')
  expect(last().err).toMatchObject({ code: 'P2010', sqlState: '42501' })
  expect(JSON.stringify(last())).not.toContain('canary')
})
