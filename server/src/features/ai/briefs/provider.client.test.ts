import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Behaviour, startProviderServer } from '../../../../test/fakes/provider-server.ts'
import { testProviderFetch } from '../../../../test/support/parish.ts'
import { Secret } from '../../../platform/secret.ts'
import type { Provider, ProviderFailure } from '../model.ts'
import { callProvider } from './provider.client.ts'

let server: Awaited<ReturnType<typeof startProviderServer>>
beforeAll(async () => {
  server = await startProviderServer()
})
afterAll(() => server.close())

const models = { openai: 'gpt-4o-mini', anthropic: 'claude-sonnet-4-5', local: 'llama3.2' } as const
const question = { instructions: 'How to write it.', prompt: 'What it is about.' }
const key = 'sk-made-up-for-the-test'

function ask(provider: Provider, more: Readonly<{ baseUrl?: string; timeoutMs?: number }> = {}) {
  return callProvider(
    { providerFetch: testProviderFetch },
    { provider, model: models[provider], maxTokens: 500, temperature: 0.3 },
    { baseUrl: more.baseUrl ?? server.baseUrl, apiKey: new Secret(key) },
    { ...question, ...(more.timeoutMs !== undefined && { timeoutMs: more.timeoutMs }) },
  )
}

describe.each(['openai', 'anthropic', 'local'] as const)('%s', (provider) => {
  test('is called with its own protocol, the settings, the key and the response schema', async () => {
    const brief = { about: 'They grieve for [PERSON_1].', asksFor: null, goodToKnow: ['It is the first visit.'] }
    server.behave({ brief })
    expect(await ask(provider)).toEqual(brief)
    const { path, headers, body } = server.requests.at(-1) ?? { path: '', headers: {}, body: '{}' }
    expect(path).toBe(provider === 'anthropic' ? '/v1/messages' : '/v1/chat/completions')
    expect(provider === 'anthropic' ? headers['x-api-key'] : headers.authorization).toContain(key)
    expect(JSON.parse(body)).toMatchObject({ model: models[provider], max_tokens: 500, temperature: 0.3 })
    for (const part of ['How to write it.', 'What it is about.', 'goodToKnow']) expect(body).toContain(part)
  })

  test.each<[Behaviour, ProviderFailure]>([
    ['wrong key', 'WRONG_KEY'],
    ['unknown model', 'UNKNOWN_MODEL'],
    ['rate limited', 'RATE_LIMITED'],
    ['overloaded', 'FAILED'],
    ['half an answer', 'UNREACHABLE'],
    ['garbage', 'BAD_ANSWER'],
    ['another shape', 'BAD_ANSWER'],
    ['a refusal', 'BAD_ANSWER'],
    ['a redirect', 'REFUSED'],
    ['an endless answer', 'BAD_ANSWER'],
  ])('that returns %s fails with %s, after one request', async (behaviour, failure) => {
    const before = server.requests.length
    server.behave(behaviour)
    await expect(ask(provider)).rejects.toMatchObject({ failure })
    expect(server.requests.length).toBe(before + 1)
  })

  test('that hangs fails with TIMEOUT', async () => {
    server.behave('a hang')
    await expect(ask(provider, { timeoutMs: 300 })).rejects.toMatchObject({ failure: 'TIMEOUT' })
  })

  test('that is unreachable fails with UNREACHABLE, and a link-local address with ADDRESS_REFUSED', async () => {
    await expect(ask(provider, { baseUrl: 'http://127.0.0.1:9/v1' })).rejects.toMatchObject({ failure: 'UNREACHABLE' })
    for (const baseUrl of ['http://169.254.169.254/v1', 'http://[fe80::1]/v1', 'http://[fd00:ec2::254]/v1']) {
      await expect(ask(provider, { baseUrl })).rejects.toMatchObject({ failure: 'ADDRESS_REFUSED' })
    }
  })

  test('reveals nothing of the key, the prompt or the response when it fails', async () => {
    server.behave('wrong key')
    const error = await ask(provider).catch((thrown: unknown) => thrown)
    expect(String(error)).toBe('Error: The provider gave no brief: WRONG_KEY.')
    expect(Object.entries(error ?? {})).toEqual([['failure', 'WRONG_KEY']])
    expect(error).not.toHaveProperty('cause')
  })
})
