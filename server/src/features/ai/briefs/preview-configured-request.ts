import type { PersonViewer } from '../../../core/access/viewer.ts'
import type { Database } from '../../../platform/database/client.ts'
import { NotFoundError } from '../../../platform/errors.ts'
import type { BookingFacts } from '../prompt.model.ts'
import { readConfigurationWithConsent } from '../read-configuration-with-consent.ts'
import { digestOfTerms, termsOf } from '../terms.model.ts'
import { buildPrompt } from './build-prompt.ts'
import { exampleBooking } from './example.model.ts'

/**
 * What a configuration would send. `termsDigest` identifies the terms, so a pastor can agree to exactly what the preview
 * shows.
 */
export type ConfiguredRequestPreview = Readonly<{
  isExample: boolean
  instructions: string
  prompt: string
  placeholders: readonly Readonly<{ placeholder: string; original: string }>[]
  termsDigest: string | null
}>

/**
 * Previews the request to a provider, built by the code that builds the real one.
 *
 * @param facts - the booking; null previews the example booking
 * @throws NotFoundError if the viewer can't use the configuration
 */
export async function previewConfiguredRequest(
  { database }: Readonly<{ database: Database }>,
  viewer: PersonViewer,
  { configurationId, facts }: Readonly<{ configurationId: string; facts: BookingFacts | null }>,
): Promise<ConfiguredRequestPreview> {
  const configuration = await readConfigurationWithConsent(database, viewer.userId, configurationId)
  if (configuration === null) throw new NotFoundError()
  const { instructions, prompt, originals } = await buildPrompt(facts ?? exampleBooking, configuration.settings)
  const terms = termsOf(configuration)
  return {
    isExample: facts === null,
    instructions,
    prompt,
    placeholders: [...originals].map(([placeholder, original]) => ({ placeholder, original })),
    termsDigest: terms === null ? null : digestOfTerms(terms),
  }
}
