import type { SummaryMetadata } from '../model.ts'

/** The metadata of a summary as somebody else than the owner sees it: what an outside calendar would show. */
export function redactMetadata(metadata: SummaryMetadata, eventTypeTitle: string | null): SummaryMetadata {
  const topic = eventTypeTitle ?? 'Private'
  return { ...metadata, topic, participants: [], plainText: `${topic}, ${metadata.duration} minutes.` }
}
