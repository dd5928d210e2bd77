import type { SimulatedEventType, SimulatedPastor } from './payloads.ts'

/** The machine's time zone, because the sample church is viewed there. */
const timeZone = new Intl.DateTimeFormat().resolvedOptions().timeZone

/** The sample church's pastors in Cal.com. */
export const samplePastors: readonly SimulatedPastor[] = [
  { id: 90_001, name: 'Miriam Okafor', username: 'miriam-okafor', email: 'miriam@riverside.example', timeZone },
  {
    id: 90_002,
    name: 'Daniel Lindqvist',
    username: 'daniel-lindqvist',
    email: 'daniel@riverside.example',
    timeZone,
  },
]

const office = { kind: 'inPerson', text: 'Riverside Church, office on the first floor' }
const video = { kind: 'integrations:daily', text: 'integrations:daily' }
const free = { requiresConfirmation: false, price: 0, seats: null }

/** A question of an event type's form, and whether it is required. */
type SampleQuestion = Readonly<{ slug: string; label: string }>

/** An event type with its form, and the initial sensitivity of its bookings. */
export type SampleEventType = SimulatedEventType &
  Readonly<{ sensitivity: 'High' | 'Medium' | 'Low'; questions: readonly SampleQuestion[] }>

export const pastoralCare: SampleEventType = {
  ...free,
  id: 61_001,
  slug: 'pastoral-care',
  title: 'Pastoral Care',
  description: 'Time to talk about whatever is on your mind. Nothing you say leaves the room.',
  minutes: 45,
  place: office,
  sensitivity: 'Medium',
  questions: [
    { slug: 'what-about', label: 'What would you like to talk about?' },
    { slug: 'met-before', label: 'Have we talked before?' },
  ],
}

export const privateCounsel: SampleEventType = {
  ...free,
  id: 61_002,
  slug: 'private-counsel',
  title: 'Private Counsel',
  description: 'For what is hard to say. Kept strictly between us.',
  minutes: 60,
  place: office,
  sensitivity: 'High',
  questions: [
    { slug: 'what-about', label: 'What brings you?' },
    { slug: 'safe-now', label: 'Are you safe at the moment?' },
    { slug: 'stay-anonymous', label: 'Would you like to stay anonymous?' },
  ],
}

export const marriagePreparation: SampleEventType = {
  ...free,
  id: 61_003,
  slug: 'marriage-preparation',
  title: 'Marriage Preparation',
  description: 'Four conversations on the way to your wedding.',
  minutes: 60,
  place: office,
  sensitivity: 'Medium',
  questions: [
    { slug: 'wedding-date', label: 'When is the wedding?' },
    { slug: 'wishes', label: 'What would you like us to speak about?' },
  ],
}

export const prayerCall: SampleEventType = {
  ...free,
  id: 61_004,
  slug: 'prayer-call',
  title: 'Prayer by Video',
  description: 'Twenty minutes of prayer, wherever you are.',
  minutes: 20,
  requiresConfirmation: true,
  place: video,
  sensitivity: 'Medium',
  questions: [{ slug: 'pray-for', label: 'What may we pray for?' }],
}

export const volunteerTalk: SampleEventType = {
  ...free,
  id: 61_005,
  slug: 'volunteer-talk',
  title: 'Volunteering at Riverside',
  description: 'Find out where you could help.',
  minutes: 30,
  place: video,
  sensitivity: 'Low',
  questions: [{ slug: 'team', label: 'Which team are you thinking of?' }],
}

export const newcomersEvening: SampleEventType = {
  ...free,
  id: 61_006,
  slug: 'newcomers-evening',
  title: "Newcomers' Evening",
  description: 'Soup, bread, and an hour to get to know the church.',
  minutes: 90,
  seats: 10,
  place: { kind: 'inPerson', text: 'Riverside Church, parish hall' },
  sensitivity: 'Low',
  questions: [{ slug: 'diet', label: 'Is there anything you do not eat?' }],
}

export const sampleEventTypes: readonly SampleEventType[] = [
  pastoralCare,
  privateCounsel,
  marriagePreparation,
  prayerCall,
  volunteerTalk,
  newcomersEvening,
]
