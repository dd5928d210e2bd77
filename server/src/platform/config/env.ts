import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { z } from 'zod'
import { ConfigurationError } from '../errors.ts'
import { Secret } from '../secret.ts'
import { allowedOrigins, proxies, publicUrl } from './address-formats.ts'
import { readGeneratedSecrets } from './generated-secrets.ts'
import {
  encryptionKeyFormat,
  KEY_COMMAND,
  metricsTokenFormat,
  SECRET_COMMAND,
  webhookSecretFormat,
} from './key-formats.ts'
import { type Limits, limitsOf, limitVariables } from './limits.ts'
import { mailFrom, smtpUrl } from './mail-formats.ts'
import { integerBetween } from './whole-number.ts'
import { absolutePath, witnesses } from './witness-formats.ts'

/**
 * The directory of package.json and `.env`. Relative paths in the configuration are resolved against it, whatever the
 * working directory.
 */
export const projectRoot = resolve(import.meta.dirname, '../../../..')

const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 }

// Messages say what is expected and never repeat the value: they are logged, and it may be a secret.
const databaseUrl = z
  .string()
  .refine(
    (text) => /^postgres(ql)?:$/.test(URL.parse(text)?.protocol ?? ''),
    'must look like postgresql://user:password@host:5432/database',
  )
  .transform((text) => new Secret(text))

const interval = z.string().transform((text, context) => {
  const [, amount, unit] = /^([1-9]\d{0,5})([smhdw])$/.exec(text) ?? []
  // The pattern admits no other unit.
  if (amount !== undefined && unit !== undefined) return Number(amount) * SECONDS[unit as keyof typeof SECONDS]
  context.addIssue('must be a number with s, m, h, d or w, such as 90d')
  return z.NEVER
})

const onOff = z.string().transform((text, context) => {
  if (/^(on|true|1|yes)$/i.test(text)) return true
  if (/^(off|false|0|no)$/i.test(text)) return false
  context.addIssue('must be on or off')
  return z.NEVER
})

const oneOf = <const T extends readonly [string, ...string[]]>(...options: T) =>
  z.enum(options, { error: `must be one of ${options.join(', ')}` })

/** Every variable the server reads. A test checks `.env.example` and docs/configuration.md against it. */
export const envSchema = z.object({
  NODE_ENV: oneOf('development', 'test', 'production').default('development'),
  PORT: integerBetween(0, 65_535).default(4_000),
  HOST: z.string().default('127.0.0.1'),
  PUBLIC_URL: publicUrl.optional(),
  TRUSTED_PROXIES: proxies.default([]),
  CORS_ALLOWED_ORIGINS: allowedOrigins.default([]),
  CHURCHHUB_HOME: z.string().default('.churchhub'),
  DATABASE_URL: databaseUrl.optional(),
  DATABASE_DIRECT_URL: databaseUrl.optional(),
  DATABASE_POOL_SIZE: integerBetween(2, 1_000).default(10),
  ENCRYPTION_KEY: encryptionKeyFormat.optional(),
  ENCRYPTION_KEY_PREVIOUS: encryptionKeyFormat.optional(),
  ENCRYPTION_KEY_ROTATION_INTERVAL: interval.default(90 * SECONDS.d),
  CALCOM_WEBHOOK_SECRET: webhookSecretFormat.optional(),
  SMTP_URL: smtpUrl.optional(),
  MAIL_FROM: mailFrom.optional(),
  WEBHOOK_ALLOWED_NETWORKS: proxies.default([]),
  AI_ALLOWED_NETWORKS: proxies.default([]),
  METRICS_TOKEN: metricsTokenFormat.optional(),
  AUDIT_WITNESS: witnesses.default({ files: [], addresses: [] }),
  SESSION_EPOCH: z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, 'must be 1 to 200 printable characters without spaces')
    .optional(),
  WITHDRAWALS_FILE: absolutePath.optional(),
  RESTORE_KEEPS_PASSWORDS: onOff.default(false),
  ROLE: oneOf('web', 'worker', 'all').default('all'),
  LOG_LEVEL: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent').default('info'),
  SAMPLE_DATA: onOff.optional(),
  SHUTDOWN_LEAD_MS: integerBetween(0, 300_000).optional(),
  QUERY_PLANNER: onOff.default(true),
  ...limitVariables,
})

/** The validated configuration. */
export type Env = Readonly<{
  isProduction: boolean
  port: number
  host: string
  /** The public URL of the server, without a trailing slash. */
  publicUrl: string
  /** Addresses and networks (CIDR) whose X-Forwarded-* headers are trusted. */
  trustedProxies: readonly string[]
  /** Origins of other sites whose pages may use API tokens. */
  allowedOrigins: readonly string[]
  /** The absolute path of the directory for everything the server stores on disk. */
  home: string
  /** Null: the embedded PostgreSQL. */
  databaseUrl: Secret | null
  /** The same database without a pooler, for LISTEN and migrations. Null for the embedded PostgreSQL. */
  databaseDirectUrl: Secret | null
  databasePoolSize: number
  encryptionKey: Secret<Buffer>
  previousEncryptionKey: Secret<Buffer> | null
  keyRotationSeconds: number
  calcomWebhookSecret: Secret
  /** The mail server and the sender address. Null: the server sends no mail. */
  mail: Readonly<{ smtpUrl: Secret; from: string }> | null
  /** Private addresses and networks (CIDR) that webhooks may reach. */
  webhookNetworks: readonly string[]
  /** Private addresses and networks (CIDR) in which an AI provider may be reached. */
  aiNetworks: readonly string[]
  /** The bearer token for `/metrics`. Null: only local requests are answered. */
  metricsToken: Secret | null
  /** Where the newest head of the audit log is stored besides `home`: files or directories, and mail addresses. */
  auditWitness: Readonly<{ files: readonly string[]; addresses: readonly string[] }>
  /** Changing it declares a restore. Null if restores are not declared this way. */
  sessionEpoch: string | null
  /** The record of withdrawals outside the database. */
  withdrawalsFile: string
  /** Whether passwords stay valid after a restore. */
  restoreKeepsPasswords: boolean
  role: 'web' | 'worker' | 'all'
  logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'
  /** How long the server goes on accepting requests at SIGTERM, after /readyz says that it stops. */
  shutdownLeadMs: number
  /** Null: on in a new embedded database, off otherwise. */
  sampleData: boolean | null
  /** False: graphql-js answers every operation. For diagnosis. */
  queryPlanner: boolean
  /** Limits on callers, requests and operations. */
  limits: Limits
}>

/**
 * Reads and validates the configuration. With the embedded PostgreSQL, outside production, missing secrets come from
 * `secrets.json` in CHURCHHUB_HOME, which is created on the first start.
 *
 * Throws ConfigurationError with one line that lists all errors and never repeats a value.
 */
export function readEnv(source: NodeJS.ProcessEnv): Env {
  const parsed = envSchema.safeParse(nonEmpty(source))
  if (!parsed.success) {
    throw new ConfigurationError(describeIssues(parsed.error))
  }
  const values = parsed.data
  if (values.DATABASE_DIRECT_URL && !values.DATABASE_URL) {
    throw new ConfigurationError('DATABASE_DIRECT_URL is set without DATABASE_URL. Set both, or neither.')
  }
  const isProduction = values.NODE_ENV === 'production'
  const home = resolve(projectRoot, values.CHURCHHUB_HOME)
  return {
    isProduction,
    port: values.PORT,
    host: values.HOST,
    publicUrl: values.PUBLIC_URL ?? `http://localhost:${values.PORT}`,
    trustedProxies: values.TRUSTED_PROXIES,
    allowedOrigins: values.CORS_ALLOWED_ORIGINS,
    home,
    databaseUrl: values.DATABASE_URL ?? null,
    databaseDirectUrl: values.DATABASE_DIRECT_URL ?? directUrlOf(values.DATABASE_URL ?? null),
    databasePoolSize: values.DATABASE_POOL_SIZE,
    ...secretsOf(values, home),
    previousEncryptionKey: values.ENCRYPTION_KEY_PREVIOUS ?? null,
    keyRotationSeconds: values.ENCRYPTION_KEY_ROTATION_INTERVAL,
    mail: mailOf(values),
    webhookNetworks: values.WEBHOOK_ALLOWED_NETWORKS,
    aiNetworks: values.AI_ALLOWED_NETWORKS,
    metricsToken: values.METRICS_TOKEN ?? null,
    auditWitness: values.AUDIT_WITNESS,
    sessionEpoch: values.SESSION_EPOCH ?? null,
    withdrawalsFile: values.WITHDRAWALS_FILE ?? join(home, 'withdrawals.jsonl'),
    restoreKeepsPasswords: values.RESTORE_KEEPS_PASSWORDS,
    role: values.ROLE,
    logLevel: values.LOG_LEVEL,
    shutdownLeadMs: values.SHUTDOWN_LEAD_MS ?? (isProduction ? 6_000 : 0),
    sampleData: values.SAMPLE_DATA ?? null,
    queryPlanner: values.QUERY_PLANNER,
    limits: limitsOf(values),
  }
}

/** The database address and, if there is one, the master key. */
export type DatabaseEnv = Pick<Env, 'home' | 'databaseUrl' | 'databaseDirectUrl' | 'previousEncryptionKey'> &
  Readonly<{ encryptionKey: Env['encryptionKey'] | null }>

/**
 * The database address, for a command that needs no secret: the key is null if none is configured or generated. Throws
 * ConfigurationError like readEnv.
 */
export function readDatabaseEnv(source: NodeJS.ProcessEnv): DatabaseEnv {
  const parsed = envSchema
    .pick({
      CHURCHHUB_HOME: true,
      DATABASE_URL: true,
      DATABASE_DIRECT_URL: true,
      ENCRYPTION_KEY: true,
      ENCRYPTION_KEY_PREVIOUS: true,
    })
    .safeParse(nonEmpty(source))
  if (!parsed.success) throw new ConfigurationError(describeIssues(parsed.error))
  const { CHURCHHUB_HOME, DATABASE_URL, DATABASE_DIRECT_URL, ENCRYPTION_KEY, ENCRYPTION_KEY_PREVIOUS } = parsed.data
  const home = resolve(projectRoot, CHURCHHUB_HOME)
  // The embedded database is encrypted under the generated key next to it.
  const generated = DATABASE_URL === undefined ? readGeneratedSecrets(home).ENCRYPTION_KEY : null
  return {
    home,
    encryptionKey: ENCRYPTION_KEY ?? generated,
    previousEncryptionKey: ENCRYPTION_KEY_PREVIOUS ?? null,
    databaseUrl: DATABASE_URL ?? null,
    databaseDirectUrl: DATABASE_DIRECT_URL ?? directUrlOf(DATABASE_URL ?? null),
  }
}

function describeIssues(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}.`).join(' ')
}

/**
 * Adds the variables of a `.env` file to an environment. Existing variables take precedence, and a missing file is not
 * an error. Throws ConfigurationError if the file can't be read.
 */
export function withDotEnv(source: NodeJS.ProcessEnv, path = resolve(projectRoot, '.env')): NodeJS.ProcessEnv {
  if (!existsSync(path)) return source
  try {
    return { ...parseEnv(readFileSync(path, 'utf8')), ...source }
  } catch (error) {
    throw new ConfigurationError(`${path} can't be read. Check its owner, or remove it.`, { cause: error })
  }
}

// An empty variable counts as unset: that is what `NAME=` in a file or in container settings usually means.
function nonEmpty(source: NodeJS.ProcessEnv): Record<string, string> {
  const values: Record<string, string> = {}
  for (const name of Object.keys(envSchema.shape)) {
    const value = source[name]?.trim()
    if (value) values[name] = value
  }
  return values
}

function secretsOf(
  values: z.output<typeof envSchema>,
  home: string,
): Pick<Env, 'encryptionKey' | 'calcomWebhookSecret'> {
  const { ENCRYPTION_KEY: encryptionKey, CALCOM_WEBHOOK_SECRET: calcomWebhookSecret } = values
  if (encryptionKey && calcomWebhookSecret) return { encryptionKey, calcomWebhookSecret }
  if (values.NODE_ENV === 'production' || values.DATABASE_URL) throw new ConfigurationError(missingSecrets(values))
  const generated = readGeneratedSecrets(home)
  return {
    encryptionKey: encryptionKey ?? generated.ENCRYPTION_KEY,
    calcomWebhookSecret: calcomWebhookSecret ?? generated.CALCOM_WEBHOOK_SECRET,
  }
}

function mailOf({ SMTP_URL: smtpUrl, MAIL_FROM: from }: z.output<typeof envSchema>): Env['mail'] {
  if (smtpUrl && from) return { smtpUrl, from }
  if (!smtpUrl && !from) return null
  throw new ConfigurationError('SMTP_URL and MAIL_FROM belong together. Set both, or neither.')
}

function missingSecrets(values: z.output<typeof envSchema>): string {
  const condition = values.DATABASE_URL ? 'with DATABASE_URL' : 'in production'
  const missing = [
    values.ENCRYPTION_KEY ? [] : [`ENCRYPTION_KEY (${KEY_COMMAND})`],
    values.CALCOM_WEBHOOK_SECRET ? [] : [`CALCOM_WEBHOOK_SECRET, the same as in Cal.com (${SECRET_COMMAND})`],
  ].flat()
  return `The server doesn't generate secrets ${condition}. Set ${missing.join(' and ')}.`
}

// Neon's pooler doesn't support LISTEN. The direct host is the pooler's without its suffix.
function directUrlOf(pooled: Secret | null): Secret | null {
  if (pooled === null) return null
  const url = new URL(pooled.reveal())
  if (!url.hostname.endsWith('.neon.tech')) return pooled
  url.hostname = url.hostname.replace('-pooler.', '.')
  return new Secret(url.href)
}
