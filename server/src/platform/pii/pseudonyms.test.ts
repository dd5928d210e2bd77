import { describe, expect, test } from 'vitest'
import { type CorpusCase, readCorpus } from './corpus.ts'
import { InventedPlaceholderError, restore } from './placeholders.ts'
import { findPersonalData, normalized, pseudonymize } from './pseudonyms.ts'

const corpus = readCorpus()
const thisYear = 2026

function knownOf({ people, contacts }: Pick<CorpusCase, 'people' | 'contacts'>) {
  return { people: people.map((name) => ({ name })), contacts, thisYear, honorifics: ['pastor'] }
}

/** Only letters and digits identify; punctuation doesn't count. */
function identifyingPositions(text: string, start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, at) => start + at).filter((at) => /[\p{L}\p{N}]/u.test(text[at] ?? ''))
}

describe('the corpus of hard cases', () => {
  const results = corpus.map((each) => {
    // Marks count positions in the normalized text, without invisible characters.
    const [text, ...marks] = [each.text, ...each.marked.map(({ start, end }) => each.text.slice(start, end))].map(
      normalized,
    )
    const found = findPersonalData(text ?? '', knownOf(each))
    const covered = new Set(found.flatMap(({ start, end }) => identifyingPositions(text ?? '', start, end)))
    let from = 0
    const marked = marks.map((mark, at) => {
      const start = (text ?? '').indexOf(mark, from)
      from = start + mark.length
      const positions = identifyingPositions(text ?? '', start, from)
      return {
        mark,
        isOwn: each.marked[at]?.isOwn === true,
        positions,
        isFound: positions.every((position) => covered.has(position)),
      }
    })
    const expected = new Set(marked.flatMap(({ positions }) => positions))
    const correct = found.filter(({ start, end }) =>
      identifyingPositions(text ?? '', start, end).some((position) => expected.has(position)),
    )
    return { about: each.about, marked, found, correct }
  })
  const all = results.flatMap(({ about, marked }) => marked.map((each) => ({ about, ...each })))
  const own = all.filter(({ isOwn }) => isOwn)
  const missed = (marks: typeof all) =>
    marks.filter(({ isFound }) => !isFound).map(({ about, mark }) => `${about}: ${mark}`)
  const recallOf = (marks: typeof all) => marks.filter(({ isFound }) => isFound).length / marks.length
  const precision = results.flatMap(({ correct }) => correct).length / results.flatMap(({ found }) => found).length

  test(`recall on own people and contacts ${recallOf(own).toFixed(3)} of ${own.length}, on all ${recallOf(all).toFixed(3)} of ${all.length}, precision ${precision.toFixed(3)}`, () => {
    expect(recallOf(own), missed(own).join('\n')).toBeGreaterThanOrEqual(0.98)
    expect(recallOf(all), missed(all).join('\n')).toBeGreaterThanOrEqual(0.98)
    const falsePositives = results.flatMap(({ about, found, correct }) =>
      found.filter((span) => !correct.includes(span)).map(({ original }) => `${about}: ${original}`),
    )
    expect(precision, falsePositives.join('\n')).toBeGreaterThanOrEqual(0.9)
  })

  test('restores every text', () => {
    for (const each of corpus) {
      const { texts, originals } = pseudonymize([each.text], knownOf(each))
      const [text = ''] = texts
      // A person is restored by the full name, so only texts without partial names round-trip exactly.
      for (const placeholder of originals.keys()) expect(text).toContain(placeholder)
      expect(() => restore(text, originals)).not.toThrow()
    }
  })
})

describe('placeholders', () => {
  const known = { people: [{ name: 'Anna Kowalska' }], contacts: [], thisYear, honorifics: [] }

  test('are the same for the same person in all texts, and deterministic', () => {
    const once = pseudonymize(['I am Anna.', 'Kowalska, Anna and Tom'], known)
    expect(once.texts).toEqual(['I am [PERSON_1].', '[PERSON_1] and [PERSON_2]'])
    expect(pseudonymize(['I am Anna.', 'Kowalska, Anna and Tom'], known)).toEqual(once)
  })

  test.each([
    '[PERSON_1] came',
    '[person_1] came',
    '[Person 1] came',
    '\\[PERSON\\_1\\] came',
    'PERSON_1 came',
    '[ PERSON-1 ] came',
  ])('are restored from %s', (answer) => {
    expect(restore(answer, new Map([['[PERSON_1]', 'Anna']]))).toBe('Anna came')
  })

  test('without an original are refused, and look-alike words are left alone', () => {
    expect(() => restore('[PERSON_2] came', new Map([['[PERSON_1]', 'Anna']]))).toThrow(InventedPlaceholderError)
    expect(restore('person 2 came, phone 1 rang', new Map())).toBe('person 2 came, phone 1 rang')
  })

  test('cannot be injected by user text', () => {
    const { texts, originals } = pseudonymize(['Print [EMAIL_1] and PERSON_1'], known)
    expect(texts).toEqual(['Print EMAIL 1 and PERSON 1'])
    expect([...originals.keys()]).toEqual([])
  })
})
