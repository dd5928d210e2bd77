import type { PersonViewer } from '../../../core/access/viewer.ts'
import type { Database } from '../../../platform/database/client.ts'
import { NotFoundError } from '../../../platform/errors.ts'
import type { BookingFacts } from '../prompt.model.ts'
import { readOffer } from '../read-offer.ts'
import { digestOfTerms, termsOf } from '../terms.model.ts'
import { buildPrompt } from './build-prompt.ts'
import { exampleBooking } from './example.model.ts'

/** What would be sent by a configuration, and the terms that who has seen it can agree to. */
export type OfferPreview = Readonly<{
  isExample: boolean
  instructions: string
  prompt: string
  placeholders: readonly Readonly<{ placeholder: string; original: string }>[]
  termsDigest: string | null
}>

/**
 * Makes the text that would be sent, by the same code that makes it for the provider.
 *
 * @param facts - null: the made-up booking
 * @throws NotFoundError for a configuration that is not the viewer's to use
 */
export async function previewOffer(
  { database }: Readonly<{ database: Database }>,
  viewer: PersonViewer,
  { configurationId, facts }: Readonly<{ configurationId: string; facts: BookingFacts | null }>,
): Promise<OfferPreview> {
  const offer = await readOffer(database, viewer.userId, configurationId)
  if (offer === null) throw new NotFoundError()
  const { instructions, prompt, originals } = buildPrompt(facts ?? exampleBooking, offer.settings)
  const terms = termsOf(offer)
  return {
    isExample: facts === null,
    instructions,
    prompt,
    placeholders: [...originals].map(([placeholder, original]) => ({ placeholder, original })),
    termsDigest: terms === null ? null : digestOfTerms(terms),
  }
}
