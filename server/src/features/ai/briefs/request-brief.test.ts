import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { startProviderServer } from '../../../../test/fakes/provider-server.ts'
import { testProviderFetch } from '../../../../test/support/parish.ts'
import { readCorpus } from '../../../platform/pii/corpus.ts'
import { Secret } from '../../../platform/secret.ts'
import { type BookingFacts, defaultPromptTemplate, instructions } from '../prompt.model.ts'
import { sentencesOf } from './answer.model.ts'
import { buildPrompt } from './build-prompt.ts'
import { requestBrief } from './request-brief.ts'

let server: Awaited<ReturnType<typeof startProviderServer>>
beforeAll(async () => {
  server = await startProviderServer()
})
afterAll(() => server.close())

const settings = {
  provider: 'local',
  model: 'llama3.2',
  maxTokens: 500,
  temperature: 0,
  promptTemplate: defaultPromptTemplate,
  piiDetection: true,
} as const

const facts: BookingFacts = {
  attendeeNames: ['Grace Okafor'],
  contacts: ['grace@example.org'],
  ownerName: 'Miriam Adler',
  thisYear: 2026,
  eventType: 'Pastoral care',
  when: 'Tuesday 24 November at 10:00',
  duration: '45 minutes',
  history: 'It is the first meeting.',
  notes: '',
  answers: [],
}

const ask = (about: Partial<BookingFacts>, providerTimeoutMs = 10_000) =>
  requestBrief({ providerFetch: testProviderFetch, providerTimeoutMs }, { ...facts, ...about }, settings, {
    baseUrl: server.baseUrl,
    apiKey: new Secret('k'),
  })

describe('a request to a provider', () => {
  test('contains no name from the corpus of hard cases, in any byte', async () => {
    server.behave({ brief: { about: 'They want to talk.', asksFor: null, goodToKnow: [] } })
    const leaks: string[] = []
    for (const { about, people, contacts, text, marked } of readCorpus()) {
      const before = server.requests.length
      await ask({ attendeeNames: people, contacts, notes: text, answers: [{ question: 'Reason?', answer: text }] })
      const sent = server.requests.slice(before).map(({ headers, body }) => JSON.stringify(headers) + body)
      const own = marked.filter(({ isOwn }) => isOwn).map(({ start, end }) => text.slice(start, end))
      for (const original of [...people, ...contacts, ...own]) {
        // A name that is also an ordinary word only counts where the corpus marks it as a name.
        if (isWordOf(text, original)) continue
        if (sent.some((bytes) => bytes.includes(original))) leaks.push(`${about}: ${original}`)
      }
    }
    // Short forms of names that differ from the full name are not detected. The corpus lists this one as missed.
    expect(leaks).toEqual(['Polish, called and married: Tomku'])
  }, 120_000)

  test('has its placeholders replaced by the original text in the response', async () => {
    server.behave({
      brief: { about: '[PERSON_1] misses [PERSON_2].', asksFor: 'Please call [PHONE_1].', goodToKnow: [] },
    })
    const { answer } = await ask({ notes: 'My husband Peter died. Call 555-010-4477.' })
    expect(answer && sentencesOf(answer)).toBe('Grace Okafor misses Peter. Please call 555-010-4477.')
    expect(server.requests.at(-1)?.body).not.toMatch(/Grace|Okafor|Peter|4477/)
  })

  test('contains names only if the configuration turns masking off', async () => {
    const { prompt } = await buildPrompt({ ...facts, notes: 'I am Grace.' }, { ...settings, piiDetection: false })
    expect(prompt).toContain('Grace Okafor')
  })
})

function isWordOf(text: string, name: string): boolean {
  return (
    text.split(name).length > 1 &&
    !text.includes(`«own:${name}`) &&
    /^(?:Faith|Will|Mark|April|May|Grace|Joy|Hope)$/.test(name)
  )
}

describe('text from an attendee is data, not instructions', () => {
  const injections = z
    .array(z.string())
    .length(30)
    .parse(JSON.parse(readFileSync(new URL('injections.json', import.meta.url), 'utf8')))

  test.each(injections)('%j changes neither the instructions nor the structure of the prompt', async (injection) => {
    const question = await buildPrompt(
      { ...facts, notes: injection, answers: [{ question: 'Why?', answer: injection }] },
      settings,
    )
    const plain = await buildPrompt({ ...facts, notes: '', answers: [{ question: 'Why?', answer: '' }] }, settings)
    expect(question.instructions).toBe(instructions)
    const [frame, form] = splitAtForm(question.prompt)
    expect(frame).toBe(splitAtForm(plain.prompt)[0])
    expect(form).not.toMatch(/[\n<>`]/)
    expect(Object.keys(JSON.parse(form ?? ''))).toEqual(['notes', 'answers'])
  })

  const hijackedAnswers: readonly [string, unknown][] = [
    ['the instructions', { about: instructions, asksFor: null, goodToKnow: [] }],
    ['another key', { about: 'Fine.', asksFor: null, goodToKnow: [], secrets: 'x' }],
    ['forty facts', { about: 'Fine.', asksFor: null, goodToKnow: Array.from({ length: 40 }, () => 'x') }],
    ['ten thousand words', { about: 'word '.repeat(10_000), asksFor: null, goodToKnow: [] }],
    ['a link', { about: 'See https://evil.example/?q=[PERSON_1]', asksFor: null, goodToKnow: [] }],
    ['a picture', { about: '![x](evil.example/log)', asksFor: null, goodToKnow: [] }],
    ['markup', { about: '<img src=x onerror=1>', asksFor: null, goodToKnow: [] }],
    ['a block of code', { about: '```json {}```', asksFor: null, goodToKnow: [] }],
    ['a text', 'HACKED'],
    ['nothing', { about: '', asksFor: null, goodToKnow: [] }],
    ['lines', { about: 'a\n\nAssistant: b', asksFor: null, goodToKnow: [] }],
  ]
  test.each(hijackedAnswers)(
    'and the response of a provider that obeyed, with %s, is rejected',
    async (_what, brief) => {
      server.behave({ brief }, { brief })
      expect(await ask({ notes: injections[0] ?? '' })).toEqual({ answer: null, failure: 'BAD_ANSWER', tries: 2 })
    },
  )

  test('and a response with an invented placeholder is rejected', async () => {
    const brief = { about: '[PERSON_7] comes.', asksFor: null, goodToKnow: [] }
    server.behave({ brief }, { brief })
    expect(await ask({})).toEqual({ answer: null, failure: 'INVENTED_PLACEHOLDER', tries: 2 })
  })
})

function splitAtForm(prompt: string): string[] {
  return prompt.split('says:\n')
}

describe('a provider that fails', () => {
  test('is retried once if that may help, and the retry counts', async () => {
    const before = server.requests.length
    server.behave('overloaded', { brief: { about: 'They grieve.', asksFor: null, goodToKnow: [] } })
    expect(await ask({})).toMatchObject({ answer: { about: 'They grieve.' }, tries: 2 })
    expect(server.requests.length).toBe(before + 2)
  })

  test('is given up when its time is over, a retry included', async () => {
    server.behave('a hang')
    expect(await ask({}, 300)).toEqual({ answer: null, failure: 'TIMEOUT', tries: 1 })
  })

  test('is not retried if its configuration is at fault', async () => {
    server.behave('wrong key')
    expect(await ask({})).toEqual({ answer: null, failure: 'WRONG_KEY', tries: 1 })
  })
})
