import type { SummaryMetadata } from '../model.ts'

/** Redacts a summary's metadata for anyone but the owner: it shows what an external calendar would. */
export function redactMetadata(metadata: SummaryMetadata, eventTypeTitle: string | null): SummaryMetadata {
  const topic = eventTypeTitle ?? 'Private'
  return { ...metadata, topic, participants: [], plainText: `${topic}, ${metadata.duration} minutes.` }
}
