import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { SECRET_BYTES, secretOf, signedHeaders } from '../../src/features/webhooks/endpoints/signature.model.ts'

const page = readFileSync(resolve(import.meta.dirname, '../../../docs/webhooks.md'), 'utf8')

type Verify = (secret: string, body: string, headers: Record<string, string>) => unknown

describe.each(['verify-with-library', 'verify-by-hand'])('the page’s own code to %s', (name) => {
  let directory: string
  let verified: Verify
  beforeAll(async () => {
    const [, code = ''] = new RegExp(`\`\`\`js ${name}\n([^]*?)\`\`\``).exec(page) ?? []
    // Next to the server's packages, so that the library resolves as it does for a receiver.
    directory = await mkdtemp(join(import.meta.dirname, '../.webhooks-page-'))
    const file = join(directory, `${name}.mjs`)
    await writeFile(file, code)
    ;({ verified } = await import(/* @vite-ignore */ pathToFileURL(file).href))
  })
  afterAll(() => rm(directory, { recursive: true, force: true }))

  const secret = secretOf(randomBytes(SECRET_BYTES))
  const older = secretOf(randomBytes(SECRET_BYTES))
  const body = JSON.stringify({ type: 'booking.created', data: { title: 'Gebet für Jörg' } })
  const headersAt = (sentAt: Date) => {
    const previous = { secret: older, until: new Date(sentAt.getTime() + 1_000).toISOString() }
    return signedHeaders({ url: '', secret, previous }, { webhookId: 'msg_1', sentAt, body })
  }

  it('accepts what ChurchHub signed, with the new and the previous secret', () => {
    const headers = headersAt(new Date())
    expect([verified(secret, body, headers), verified(older, body, headers)]).toEqual([
      JSON.parse(body),
      JSON.parse(body),
    ])
  })

  it('rejects another body, another secret, and an old timestamp', () => {
    const headers = headersAt(new Date())
    expect(() => verified(secret, body.replace('created', 'removed'), headers)).toThrow()
    expect(() => verified(secretOf(randomBytes(SECRET_BYTES)), body, headers)).toThrow()
    expect(() => verified(secret, body, headersAt(new Date(Date.now() - 600_000)))).toThrow()
  })
})

test('the page lists every error code of an attempt', () => {
  const sources = [
    'src/features/webhooks/delivery/send-webhook.ts',
    'src/features/webhooks/delivery/build-body.ts',
    'src/platform/http/guarded-post.ts',
  ]
  const code = sources.map((path) => readFileSync(resolve(import.meta.dirname, '../..', path), 'utf8')).join('\n')
  const codes = new Set([...code.matchAll(/'([A-Z]+(?:_[A-Z]+)*)'/g)].map(([, each = '']) => each))
  codes.delete('POST')
  expect(codes.size).toBeGreaterThan(8)
  expect([...codes].filter((each) => !page.includes(`\`${each}\``))).toEqual([])
})
