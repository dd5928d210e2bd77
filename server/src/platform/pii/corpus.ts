import { readFileSync } from 'node:fs'
import { z } from 'zod'

const caseSchema = z.strictObject({
  about: z.string(),
  people: z.array(z.string()),
  contacts: z.array(z.string()),
  text: z.string(),
})

/** A span of text that must not leave the server; `isOwn`: it identifies people of the booking. */
type Marked = Readonly<{ start: number; end: number; isOwn: boolean }>

export type CorpusCase = Readonly<{
  about: string
  people: readonly string[]
  contacts: readonly string[]
  text: string
  marked: readonly Marked[]
}>

/** Reads the corpus of hard cases, written for ChurchHub; `«own:Grace»` and `«other:Mark»` mark the expected spans. */
export function readCorpus(): CorpusCase[] {
  const cases = z.array(caseSchema).parse(JSON.parse(readFileSync(new URL('corpus.json', import.meta.url), 'utf8')))
  return cases.map((each) => ({ ...each, ...withoutMarks(each.text) }))
}

function withoutMarks(text: string): { text: string; marked: Marked[] } {
  const marked: Marked[] = []
  let plain = ''
  for (const [, before = '', mark, markedText = ''] of text.matchAll(/([^«]*)(?:«(own|other):([^»]*)»|$)/g)) {
    plain += before
    if (mark !== undefined)
      marked.push({ start: plain.length, end: plain.length + markedText.length, isOwn: mark === 'own' })
    plain += markedText
  }
  return { text: plain, marked }
}
