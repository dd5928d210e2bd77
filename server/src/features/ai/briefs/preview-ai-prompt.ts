import { faultsOf, type TemplateFault } from '../prompt.model.ts'
import { buildPrompt } from './build-prompt.ts'
import { exampleBooking } from './example.model.ts'

/**
 * The request a provider would get for the example booking, with the original of each placeholder; or the template's faults.
 */
export type PromptPreview = Readonly<{
  faults: readonly TemplateFault[]
  instructions: string | null
  prompt: string | null
  placeholders: readonly Readonly<{ placeholder: string; original: string }>[]
}>

/** Renders a template for the example booking. Nothing is sent. */
export async function previewAiPrompt(
  settings: Readonly<{ promptTemplate: string; piiDetection: boolean }>,
): Promise<PromptPreview> {
  const faults = faultsOf(settings.promptTemplate)
  if (faults.length > 0) return { faults, instructions: null, prompt: null, placeholders: [] }
  const { instructions, prompt, originals } = await buildPrompt(exampleBooking, settings)
  const placeholders = [...originals].map(([placeholder, original]) => ({ placeholder, original }))
  return { faults, instructions, prompt, placeholders }
}
