import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { ConfigurationError } from '../errors.ts'
import { encryptionKeyFormat, webhookSecretFormat } from './key-formats.ts'

const ownSecretsFormat = z.object({ ENCRYPTION_KEY: encryptionKeyFormat, CALCOM_WEBHOOK_SECRET: webhookSecretFormat })

/** The secrets that an unconfigured server generates for itself. */
export type GeneratedSecrets = z.output<typeof ownSecretsFormat>

/**
 * Reads `secrets.json` in the server's home, or creates it, readable by its owner only. A damaged file is never
 * replaced, because everything encrypted under its key would be lost; throws ConfigurationError instead.
 */
export function readGeneratedSecrets(home: string): GeneratedSecrets {
  const path = join(home, 'secrets.json')
  const text = readIfThere(path) ?? makeSecrets(home, path)
  const parsed = ownSecretsFormat.safeParse(parseJson(text))
  if (parsed.success) return parsed.data
  throw new ConfigurationError(
    `${path} is damaged. Restore it from a backup or, if there is nothing to keep, delete the whole directory ${home}.`,
  )
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw new ConfigurationError(`${path} can't be read (${codeOf(error)}). Check who owns it.`, { cause: error })
  }
}

// Written to a temporary file, flushed, then linked, so a reader never sees a partial file.
function makeSecrets(home: string, path: string): string {
  const text = `${JSON.stringify(
    {
      ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      CALCOM_WEBHOOK_SECRET: randomBytes(32).toString('hex'),
    },
    null,
    2,
  )}\n`
  const draft = `${path}.${process.pid}`
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 })
    const file = openSync(draft, 'w', 0o600)
    try {
      writeSync(file, text)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    // link, not rename: it fails if the name exists, so two concurrent first starts agree on one file.
    linkSync(draft, path)
    return text
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return readFileSync(path, 'utf8')
    throw new ConfigurationError(
      `${home} can't be written (${codeOf(error)}). Set CHURCHHUB_HOME to a writable directory.`,
      {
        cause: error,
      },
    )
  } finally {
    rmSync(draft, { force: true })
  }
}

// Null instead of JSON's own error, whose text quotes the file.
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
}
