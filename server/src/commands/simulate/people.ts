import type { SampleEventType } from './church.ts'
import type { SimulatedAnswer, SimulatedPerson } from './payloads.ts'

/** A seedable random number generator: the next number in [0, 1). */
export type Random = () => number

/** Mulberry32 (Tommy Ettinger, public domain): small, fast, and good enough for sample people. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** A random element of a non-empty list. */
export function pick<T>(random: Random, list: readonly [T, ...T[]]): T {
  return list[Math.floor(random() * list.length)] ?? list[0]
}

const firstNames = [
  'Amara',
  'Beatriz',
  'Caleb',
  'Chiara',
  'David',
  'Elif',
  'Emeka',
  'Esther',
  'Felix',
  'Grace',
  'Hannah',
  'Ibrahim',
  'Ines',
  'Joanna',
  'Jonas',
  'Kofi',
  'Leila',
  'Lukas',
  'Mara',
  'Mateo',
  'Naomi',
  'Noor',
  'Oskar',
  'Priya',
  'Rafael',
  'Ruth',
  'Samuel',
  'Sofia',
  'Tobias',
  'Yusra',
] as const
const lastNames = [
  'Adeyemi',
  'Andersson',
  'Becker',
  'Brennan',
  'Castillo',
  'Chen',
  'Dubois',
  'Ferreira',
  'Haddad',
  'Hoffmann',
  'Ivanova',
  'Jansen',
  'Kaya',
  'Kim',
  'Larsen',
  'Mensah',
  'Moreau',
  'Nowak',
  'Osei',
  'Patel',
  'Ramos',
  'Rossi',
  'Schmidt',
  'Silva',
  'Tanaka',
  'Varga',
  'Weber',
  'Wright',
] as const

/** A random person in the church's time zone. */
export function randomPerson(random: Random, timeZone: string): SimulatedPerson {
  const [firstName, lastName] = [pick(random, firstNames), pick(random, lastNames)]
  const email = `${firstName}.${lastName}@post.example`.toLowerCase()
  return { firstName, lastName, email, timeZone: random() < 0.1 ? 'America/New_York' : timeZone }
}

type Answers = Readonly<{ notes: string; answers: readonly (string | boolean)[] }>

/** What people write when they book, in the order of the form's questions. Fictional. */
const answersFor: Readonly<Record<string, readonly [Answers, ...Answers[]]>> = {
  'pastoral-care': [
    {
      notes: 'Afternoons suit me best, I start work late.',
      answers: ['My father died in spring and I find it hard to pray since.', 'Yes'],
    },
    { notes: '', answers: ['I may lose my job and do not know how to tell my family.', 'No'] },
    {
      notes: 'I would be glad if we could sit somewhere quiet.',
      answers: ['We moved here in summer and have not found friends yet.', 'No'],
    },
    {
      notes: 'My daughter may come along for the first minutes.',
      answers: ['Our son has left school and we argue every day.', 'Yes'],
    },
    { notes: '', answers: ['I was asked to lead a house group and am not sure that I can.', 'Yes'] },
    {
      notes: 'I need a place with step-free access.',
      answers: ['My operation is next month and I am afraid of it.', 'Yes'],
    },
    { notes: '', answers: ['Questions about baptism. I was not brought up in a church.', 'No'] },
    {
      notes: 'Please do not call the landline.',
      answers: ['I look after my mother alone and am at the end of my strength.', 'Yes'],
    },
  ],
  'private-counsel': [
    {
      notes: 'Nobody at home knows that I am writing.',
      answers: ['My husband has been drinking again since he lost his work.', 'Yes, I am with my sister.', false],
    },
    { notes: '', answers: ['We are thinking about divorce and cannot talk to each other any more.', 'Yes', false] },
    {
      notes: 'I am a member of this church and would rather not be named.',
      answers: ['I gambled away money that was not mine and want to put it right.', 'Yes', true],
    },
    { notes: '', answers: ['Something that happened to me as a child will not let me sleep.', 'Yes', false] },
    {
      notes: 'A call before the meeting would help me.',
      answers: [
        'I have had no hope for weeks and sometimes wish it were over.',
        'I have a friend staying with me.',
        false,
      ],
    },
  ],
  'marriage-preparation': [
    {
      notes: 'We will both be there.',
      answers: ['The second Saturday in May', 'How to decide things together, and how to argue well.'],
    },
    { notes: '', answers: ['Next September', 'Our families belong to different churches.'] },
    {
      notes: 'We live in different cities until the wedding.',
      answers: ['Not fixed yet', 'The order of service, and readings.'],
    },
  ],
  'prayer-call': [
    { notes: '', answers: ['For my exam on Friday, and for a calm heart.'] },
    { notes: 'I may be on the train.', answers: ['For our neighbours, who lost their house in the flood.'] },
    { notes: '', answers: ['For my sister and her newborn.'] },
    { notes: '', answers: ['For wisdom before a hard conversation at work.'] },
  ],
  'volunteer-talk': [
    { notes: 'I have Tuesday evenings free.', answers: ['Food bank'] },
    { notes: '', answers: ['Music'] },
    { notes: 'I have worked with children before.', answers: ["Children's church"] },
    { notes: '', answers: ['Sound and video'] },
  ],
  'newcomers-evening': [
    { notes: '', answers: ['No'] },
    { notes: 'We will be two, with a pram.', answers: ['Nuts'] },
    { notes: '', answers: ['Meat'] },
  ],
}

const commonAnswers: readonly [Answers, ...Answers[]] = [{ notes: 'I would like to get to know you.', answers: [] }]

/** The answers of a person who books this event type. */
export function answersOf(random: Random, eventType: SampleEventType): { notes: string; answers: SimulatedAnswer[] } {
  const { notes, answers } = pick(random, answersFor[eventType.slug] ?? commonAnswers)
  const answered = eventType.questions.flatMap(({ slug, label }, index) => {
    const value = answers[index]
    return value === undefined ? [] : { slug, label, value }
  })
  return { notes, answers: answered }
}

export const reasonsToCancel = [
  'I have caught a cold and would rather not bring it along.',
  'My shift was changed at short notice.',
  'It has resolved itself, thank you.',
  'Our child is ill.',
  'I need a little more time before I can talk about it.',
] as const

export const reasonsToReject = [
  'I am at the deanery conference that day. Please choose another.',
  'That hour is taken by a funeral. Would the day after be possible?',
] as const
