import type { Known, Pseudonymized } from '../../../platform/pii/pseudonyms.ts'
import type { ModelSettings } from '../model.ts'
import { type BookingFacts, instructions, renderPrompt } from '../prompt.model.ts'

// Titles that precede a pastor's name, used to detect names.
const honorifics = ['pastor', 'deacon', 'elder', 'vicar', 'reverend', 'bishop']

/** The request to a provider. `instructions` and `prompt` are all that is sent; `originals` never leaves the server. */
export type Prompt = Readonly<{ instructions: string; prompt: string; originals: ReadonlyMap<string, string> }>

/**
 * Builds the request to a provider. With `piiDetection`, every name, address, number and link is replaced by a placeholder.
 */
export async function buildPrompt(
  facts: BookingFacts,
  settings: Pick<ModelSettings, 'promptTemplate' | 'piiDetection'>,
): Promise<Prompt> {
  const { attendeeNames, contacts, ownerName, thisYear, ...source } = facts
  const texts = [
    attendeeNames.join(', '),
    source.eventType,
    source.history,
    source.notes,
    ...source.answers.flatMap(({ question, answer }) => [question, answer]),
  ]
  const known = { people: [...attendeeNames, ownerName].map((name) => ({ name })), contacts, thisYear, honorifics }
  const masked = settings.piiDetection
    ? await pseudonymized(texts, known)
    : { texts, originals: new Map<string, string>() }
  const [people = '', eventType = '', history = '', notes = '', ...answerTexts] = masked.texts
  const answers = source.answers.map((_answer, at) => ({
    question: answerTexts[2 * at] ?? '',
    answer: answerTexts[2 * at + 1] ?? '',
  }))
  const maskedSource = { ...source, people: people === '' ? 'a guest' : people, eventType, history, notes, answers }
  return { instructions, prompt: renderPrompt(settings.promptTemplate, maskedSource), originals: masked.originals }
}

/** Loads the language model with the first brief: it takes a quarter of a start, and most servers never need it. */
async function pseudonymized(texts: readonly string[], known: Known): Promise<Pseudonymized> {
  const { pseudonymize } = await import('../../../platform/pii/pseudonyms.ts')
  return pseudonymize(texts, known)
}
