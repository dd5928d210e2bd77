import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ConfigurationError } from '../errors.ts'
import { type Env, envSchema, projectRoot, readEnv, withDotEnv } from './env.ts'

const KEY = 'abcdefghijklmnopqrstuvwxyz012345'
const WEBHOOK_SECRET = 'a-secret-of-two-dozen-characters'
const secrets = { ENCRYPTION_KEY: KEY, CALCOM_WEBHOOK_SECRET: WEBHOOK_SECRET }

let home = ''
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'churchhub-env-'))
})
afterEach(() => {
  rmSync(home, { recursive: true })
})

const read = (source: NodeJS.ProcessEnv): Env => readEnv({ CHURCHHUB_HOME: home, ...source })

function refusalOf(source: NodeJS.ProcessEnv): string {
  try {
    read(source)
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message
    throw error
  }
  return 'not refused'
}

test('without configuration the defaults work on a laptop', () => {
  expect(readEnv({ ...secrets })).toMatchObject({
    isProduction: false,
    port: 4000,
    host: '127.0.0.1',
    publicUrl: 'http://localhost:4000',
    home: resolve(projectRoot, '.churchhub'),
    databaseUrl: null,
    databaseDirectUrl: null,
    trustedProxies: [],
    keyRotationSeconds: 90 * 86_400,
    role: 'all',
    logLevel: 'info',
    sampleData: null,
  })
})

test('a set variable is used, and an empty one counts as unset', () => {
  const env = read({
    ...secrets,
    PORT: '8080',
    HOST: '',
    PUBLIC_URL: 'https://hub.church.example/',
    TRUSTED_PROXIES: '10.0.0.0/8, 2001:db8::1',
    CORS_ALLOWED_ORIGINS: 'https://dashboard.example, http://localhost:5173',
    ENCRYPTION_KEY_ROTATION_INTERVAL: '12h',
    SAMPLE_DATA: 'off',
    ROLE: 'worker',
  })
  expect(env).toMatchObject({
    port: 8080,
    host: '127.0.0.1',
    publicUrl: 'https://hub.church.example',
    trustedProxies: ['10.0.0.0/8', '2001:db8::1'],
    allowedOrigins: ['https://dashboard.example', 'http://localhost:5173'],
    keyRotationSeconds: 43_200,
    sampleData: false,
    role: 'worker',
  })
})

test('the mail server and the sender address are set together or not at all', () => {
  expect(read(secrets).mail).toBeNull()
  const [SMTP_URL, MAIL_FROM] = ['smtp://user:p%40ss@mail.church.example', 'ChurchHub <hub@church.example>']
  const { mail } = read({ ...secrets, SMTP_URL, MAIL_FROM })
  expect(mail?.smtpUrl.reveal()).toBe(SMTP_URL)
  expect(mail?.from).toBe(MAIL_FROM)
  expect(read({ ...secrets, SMTP_URL, MAIL_FROM: 'hub@church.example' }).mail?.from).toBe('hub@church.example')
  for (const half of [{ SMTP_URL }, { MAIL_FROM }]) {
    expect(refusalOf({ ...secrets, ...half })).toBe('SMTP_URL and MAIL_FROM belong together. Set both, or neither.')
  }
})

test('ENCRYPTION_KEY is 32 characters, or 32 bytes in base64, base64url or hex', () => {
  const bytes = Buffer.from(Array.from({ length: 32 }, (_, index) => 255 - index))
  const keyOf = (text: string) => read({ ...secrets, ENCRYPTION_KEY: text }).encryptionKey.reveal()
  expect(keyOf(KEY)).toEqual(Buffer.from(KEY))
  expect(keyOf(bytes.toString('hex'))).toEqual(bytes)
  expect(keyOf(bytes.toString('hex').toUpperCase())).toEqual(bytes)
  expect(keyOf(bytes.toString('base64'))).toEqual(bytes)
  expect(keyOf(bytes.toString('base64url'))).toEqual(bytes)
})

test.each([
  ['too short', 'short'],
  ['one character short', KEY.slice(1)],
  ['one character long', `${KEY}x`],
  ['32 characters but more than 32 bytes', 'ä'.repeat(32)],
  ['31 bytes in hex', 'ab'.repeat(31)],
  ['33 bytes in base64', Buffer.alloc(33, 7).toString('base64')],
  [
    'base64 with a stray character',
    `${Buffer.alloc(32, 7).toString('base64').slice(0, 20)}*${Buffer.alloc(32, 7).toString('base64').slice(20)}`,
  ],
  ['not the canonical base64 of its bytes', `${Buffer.alloc(32, 7).toString('base64url').slice(0, -1)}d`],
])('an ENCRYPTION_KEY that is %s is refused in one line that does not repeat it', (_, key) => {
  for (const name of ['ENCRYPTION_KEY', 'ENCRYPTION_KEY_PREVIOUS']) {
    const message = refusalOf({ ...secrets, [name]: key })
    expect(message).toMatch(
      new RegExp(`^${name} must be 32 characters, or 32 bytes in base64 or hex; make one with: openssl`),
    )
    expect(message).not.toContain(key)
    expect(message).not.toContain('\n')
  }
})

test.each(['no-secret-provided', 'fifteen-letters'])('the webhook secret %s is refused', (secret) => {
  expect(refusalOf({ ...secrets, CALCOM_WEBHOOK_SECRET: secret })).toMatch(/^CALCOM_WEBHOOK_SECRET must be/)
})

test.each([
  ['PORT', '70000'],
  ['PORT', 'http'],
  ['PUBLIC_URL', 'church.example'],
  ['TRUSTED_PROXIES', '10.0.0.0/8,canary'],
  ['TRUSTED_PROXIES', '10.0.0.0/33'],
  ['CORS_ALLOWED_ORIGINS', '*'],
  ['CORS_ALLOWED_ORIGINS', 'https://*.canary.example'],
  ['CORS_ALLOWED_ORIGINS', 'https://canary.example/'],
  ['CORS_ALLOWED_ORIGINS', 'https://canary.example/path'],
  ['CORS_ALLOWED_ORIGINS', 'https://canary.example:443'],
  ['CORS_ALLOWED_ORIGINS', 'canary.example'],
  ['CORS_ALLOWED_ORIGINS', 'null'],
  ['CORS_ALLOWED_ORIGINS', 'https://dashboard.example, file://canary'],
  ['DATABASE_URL', 'mysql://canary:canary@host/db'],
  ['DATABASE_URL', 'canary'],
  ['DATABASE_POOL_SIZE', '1'],
  ['ENCRYPTION_KEY_ROTATION_INTERVAL', '90'],
  ['ENCRYPTION_KEY_ROTATION_INTERVAL', '0d'],
  ['ROLE', 'canary'],
  ['LOG_LEVEL', 'canary'],
  ['SAMPLE_DATA', 'canary'],
  ['QUERY_PLANNER', 'canary'],
  ['SHUTDOWN_LEAD_MS', '1.5'],
  ['NODE_ENV', 'canary'],
  ['SMTP_URL', 'http://canary'],
  ['SMTP_URL', 'smtp://user:can%ary@mail.church.example'],
  ['SMTP_URL', 'smtp://'],
  ['MAIL_FROM', 'canary'],
  ['MAIL_FROM', 'Hub <hub@church.example>, canary@church.example'],
])('%s=%s is refused by name, without its value', (name, value) => {
  const message = refusalOf({ ...secrets, [name]: value })
  expect(message).toMatch(new RegExp(`^${name} must`))
  expect(message).not.toContain('canary')
})

test('all errors are reported in one line', () => {
  const message = refusalOf({ ...secrets, PORT: 'x', ROLE: 'x' })
  expect(message).toMatch(/PORT must.*ROLE must/)
  expect(message).not.toContain('\n')
})

test('with the embedded database, missing secrets are generated once, readable by the owner only, and reused later', () => {
  const first = read({})
  expect(first.encryptionKey.reveal()).toHaveLength(32)
  expect(statSync(join(home, 'secrets.json')).mode & 0o777).toBe(0o600)
  expect(readdirSync(home)).toEqual(['secrets.json'])
  const second = read({})
  expect(second.encryptionKey.reveal()).toEqual(first.encryptionKey.reveal())
  expect(second.calcomWebhookSecret.reveal()).toBe(first.calcomWebhookSecret.reveal())
})

test('a configured secret is used, and only the other one comes from the file', () => {
  const env = read({ ENCRYPTION_KEY: KEY })
  expect(env.encryptionKey.reveal()).toEqual(Buffer.from(KEY))
  expect(env.calcomWebhookSecret.reveal()).not.toBe('')
})

test.each(['', '{', '{"ENCRYPTION_KEY":"short"}', '{"ENCRYPTION_KEY":"', 'null'])(
  'a damaged secrets file (%j) is reported in one line and left unchanged',
  (text) => {
    const path = join(home, 'secrets.json')
    writeFileSync(path, text)
    expect(refusalOf({})).toMatch(/secrets\.json is damaged\. Restore it/)
    expect(readFileSync(path, 'utf8')).toBe(text)
  },
)

test('in production, and with DATABASE_URL, a missing secret is an error and none is generated', () => {
  expect(refusalOf({ NODE_ENV: 'production' })).toMatch(
    /in production\. Set ENCRYPTION_KEY .* and CALCOM_WEBHOOK_SECRET/,
  )
  expect(refusalOf({ DATABASE_URL: 'postgresql://localhost/hub', ENCRYPTION_KEY: KEY })).toMatch(
    /with DATABASE_URL\. Set CALCOM_WEBHOOK_SECRET/,
  )
  expect(readdirSync(home)).toEqual([])
})

test('the direct address of a Neon database is its pooled one without the pooler suffix', () => {
  const direct = (source: NodeJS.ProcessEnv) => read({ ...secrets, ...source }).databaseDirectUrl?.reveal()
  expect(direct({ DATABASE_URL: 'postgresql://u:p@ep-cool-1-pooler.eu.aws.neon.tech/hub' })).toBe(
    'postgresql://u:p@ep-cool-1.eu.aws.neon.tech/hub',
  )
  expect(direct({ DATABASE_URL: 'postgresql://u:p@my-pooler.church.example/hub' })).toContain('my-pooler.')
  expect(direct({ DATABASE_URL: 'postgresql://a/hub', DATABASE_DIRECT_URL: 'postgresql://b/hub' })).toBe(
    'postgresql://b/hub',
  )
  expect(refusalOf({ ...secrets, DATABASE_DIRECT_URL: 'postgresql://b/hub' })).toMatch(/without DATABASE_URL/)
})

test('.env is read, and the real environment takes precedence', () => {
  const path = join(home, '.env')
  writeFileSync(path, 'PORT=5000\nHOST="0.0.0.0" # everywhere\n')
  expect(withDotEnv({ PORT: '6000' }, path)).toEqual({ PORT: '6000', HOST: '0.0.0.0' })
  expect(withDotEnv({ PORT: '6000' }, join(home, 'none'))).toEqual({ PORT: '6000' })
})

test('an unreadable .env is reported in one line', () => {
  expect(() => withDotEnv({}, home)).toThrow(ConfigurationError)
})

const variables = Object.keys(envSchema.shape).sort()

test('.env.example lists exactly the variables of the schema', () => {
  const text = readFileSync(resolve(projectRoot, '.env.example'), 'utf8')
  expect([...text.matchAll(/^#? ?([A-Z][A-Z_]+)=/gm)].map((match) => match[1]).sort()).toEqual(variables)
})

test('docs/configuration.md describes exactly the variables of the schema', () => {
  const text = readFileSync(resolve(projectRoot, 'docs/configuration.md'), 'utf8')
  expect([...text.matchAll(/^\| `([A-Z][A-Z_]+)` \|/gm)].map((match) => match[1]).sort()).toEqual(variables)
})
