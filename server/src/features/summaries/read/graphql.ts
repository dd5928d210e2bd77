import {
  builder,
  encryptedField,
  encryptedFieldPoints,
  onMissedNode,
  recordMiss,
  relatedListField,
  viewerOf,
} from '../../../graphql/schema/builder.ts'
import { Sensitivity } from '../../../graphql/schema/common-types.ts'
import { AiFailure, AiProvider, failureOf } from '../../ai/graphql.ts'
import { Booking } from '../../bookings/graphql.ts'
import { type SummaryContent, type SummaryMetadata, summaryMetadataSchema } from '../model.ts'
import { mayOpenSummary, maySeeRedacted, seesRedactedMetadata } from '../policy.ts'
import { openSummaries } from './open-summaries.ts'
import { visibleSummaries } from './reads.ts'
import { redactMetadata } from './redacted.model.ts'

export const SummaryMethod = builder.enumType('SummaryMethod', {
  description: 'How a summary was written.',
  values: {
    RULE_BASED: { value: 'rule-based', description: 'By rules, on the server.' },
    AI_GENERATED: {
      value: 'ai-generated',
      description: 'By a language model. It saw placeholders instead of names if `piiDetection` was on.',
    },
  } as const,
})

/** `booking` is set if the viewer sees another user's summary unredacted, so that access to its people can be recorded. */
type MetadataShown = SummaryMetadata & Readonly<{ booking: Readonly<{ bookingId: string; ownerId: string }> | null }>

const bookingOf = ({ booking }: MetadataShown) => booking

const SummaryMetadataRef = builder.objectRef<MetadataShown>('SummaryMetadata').implement({
  description: "The metadata of a summary that is stored in plaintext, depending on the booking's sensitivity.",
  fields: (t) => ({
    topic: t.exposeString('topic', { people: bookingOf, description: 'The topic, as far as it may be shown.' }),
    participants: t.exposeStringList('participants', {
      people: bookingOf,
      description: 'The attendees, as far as they may be shown.',
    }),
    sensitivity: t.expose('sensitivity', {
      type: Sensitivity,
      description: 'The sensitivity that the summary was written for.',
    }),
    location: t.exposeString('location', {
      nullable: true,
      description: 'How people meet: in person, online or by phone.',
    }),
    when: t.field({ type: 'DateTime', description: 'When the meeting starts.', resolve: ({ when }) => when }),
    duration: t.exposeInt('duration', { description: 'The length of the meeting in minutes.' }),
    plainText: t.exposeString('plainText', {
      people: bookingOf,
      description: 'A description in one or two sentences, as far as it may be shown.',
    }),
    generatedAt: t.field({
      type: 'DateTime',
      description: 'When the summary was written.',
      resolve: ({ generatedAt }) => generatedAt,
    }),
    method: t.expose('method', { type: SummaryMethod, description: 'How the summary was written.' }),
    provider: t.field({
      type: AiProvider,
      nullable: true,
      description: 'The provider that wrote the summary, or was meant to. Null if none was configured.',
      resolve: ({ provider }) => provider ?? null,
    }),
    model: t.string({
      nullable: true,
      description: "The provider's model. Null if none was configured.",
      resolve: ({ model }) => model ?? null,
    }),
    fallbackReason: t.field({
      type: AiFailure,
      nullable: true,
      description: 'Why the summary was written by rules instead of the provider. Null if nothing went wrong.',
      resolve: ({ reason }) => failureOf(reason),
    }),
  }),
})

const SummaryContentRef = builder.objectRef<SummaryContent>('SummaryContent').implement({
  description: 'The content of a summary.',
  fields: (t) => ({
    text: t.exposeString('text', { description: 'A few sentences in plain English.' }),
    isUrgent: t.boolean({
      description: 'Whether what people wrote mentions self-harm, abuse, violence or a child at risk.',
      resolve: ({ urgentMatters }) => urgentMatters.length > 0,
    }),
    urgentMatters: t.exposeStringList('urgentMatters', {
      description: 'The reasons this brief is urgent. Empty if none apply.',
    }),
    answeredQuestions: t.exposeStringList('answeredQuestions', {
      description: 'The questions whose answers the summary is based on.',
    }),
  }),
})

const openSummary = encryptedField<SummaryContent>('summary', openSummaries)

/** The columns of the booking that redaction depends on. */
const ruleColumns = { id: true, userId: true, sensitivity: true, isAnonymous: true, eventTypeTitle: true } as const

export const ContextSummary = builder.prismaNode('ContextSummary', {
  description: 'A short brief for the pastor, written before the meeting. Its content is encrypted.',
  select: { id: true },
  id: { field: 'id', description: 'The global ID.' },
  findUnique: (id, context) => ({ id, AND: visibleSummaries(viewerOf(context)) }),
  nullable: true,
  authScopes: { signedIn: true },
  needs: 'summaries:read',
  fields: (t) => ({
    booking: t.relation('booking', { description: 'The booking that the summary is about.' }),
    metadata: t.field({
      type: SummaryMetadataRef,
      description: 'The metadata that is stored in plaintext.',
      // Only read the booking for viewers who may see others' summaries. For a pastor, reading it for each row would double
      // the cost of the dashboard.
      select: (_args, { viewer }) =>
        maySeeRedacted(viewer) ? { metadata: true, booking: { select: ruleColumns } } : { metadata: true },
      resolve: (summary, _args, context) => {
        const metadata = summaryMetadataSchema.parse(summary.metadata)
        if (!maySeeRedacted(viewerOf(context))) return { ...metadata, booking: null }
        const { booking } = summary
        if (seesRedactedMetadata(viewerOf(context), booking)) {
          return { ...redactMetadata(metadata, booking.eventTypeTitle), booking: null }
        }
        return { ...metadata, booking: { bookingId: booking.id, ownerId: booking.userId } }
      },
    }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the summary will be deleted.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the summary was written.' }),
    content: t.field({
      type: SummaryContentRef,
      nullable: true,
      complexity: encryptedFieldPoints,
      description:
        'Encrypted. Only the owner of the booking can open it. Each opening is recorded in the audit log (`summary.read`) before any content is returned; refused attempts are recorded too.',
      select: { booking: { select: { userId: true } } },
      authScopes: (summary, _args, context) => mayOpenSummary(viewerOf(context), summary.booking),
      needs: 'session',
      unauthorizedResolver: (summary, _args, context) => openSummary(context, summary.id),
      resolve: (summary, _args, context) => openSummary(context, summary.id),
    }),
  }),
})

export const ContextSummaryConnection = builder.connectionObject(
  { type: ContextSummary, name: 'ContextSummaryConnection', description: 'A connection of summaries.' },
  { name: 'ContextSummaryEdge', description: 'An edge in a connection of summaries.' },
)

onMissedNode('ContextSummary', recordMiss(openSummary))

builder.prismaObjectField(Booking, 'contextSummaries', (t) =>
  t.connection(
    {
      type: ContextSummary,
      description: 'The summaries of the booking, newest first.',
      ...relatedListField({
        parent: 'Booking',
        relation: 'contextSummaries',
        model: 'ContextSummary',
        orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
        pruningColumn: 'createdAt',
      }),
    },
    ContextSummaryConnection,
  ),
)
