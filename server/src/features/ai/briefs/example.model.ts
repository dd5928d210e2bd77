import type { BookingFacts } from '../prompt.model.ts'

/** A fictitious booking, used to preview and test a template. */
export const exampleBooking: BookingFacts = {
  attendeeNames: ['Grace Okafor', 'Will Turner'],
  contacts: ['grace.okafor@example.org', '+1 555 010 4477'],
  ownerName: 'Pastor Miriam Adler',
  thisYear: 2026,
  eventType: 'Marriage preparation',
  when: 'Tuesday 24 November at 10:00',
  duration: '45 minutes',
  history: 'You met once before, last on Tuesday 27 October at 10:00.',
  notes:
    'Grace and I would like to marry in June. My mother Helen is ill and lives at 12 Elm Street, Springfield, IL 62704. Could you call me at 555-010-4477?',
  answers: [{ question: 'What worries you most?', answer: "That Will's parents won't come." }],
}
