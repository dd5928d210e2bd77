import { builder, checkCursors, checkPage, viewerOf } from '../../graphql/builder.ts'
import { letsHighGo } from './lets-high-go.ts'
import { describedFailures, failureOf } from './model.ts'
import {
  configurationOf,
  countConfigurations,
  isVisibleConfiguration,
  listConfigurations,
  visibleConfigurations,
} from './reads.ts'

export const AiProvider = builder.enumType('AiProvider', {
  description: 'Who writes a brief beside the rules.',
  values: {
    OPENAI: { value: 'openai', description: 'OpenAI.' },
    ANTHROPIC: { value: 'anthropic', description: 'Anthropic.' },
    LOCAL: { value: 'local', description: "The church's own server that speaks OpenAI's protocol: Ollama, llama.cpp." },
  } as const,
})

export const AiFailure = builder.enumType('AiFailure', {
  description: "Why a provider's brief was not used.",
  values: describedFailures,
})

/** The code beside a summary that the rules wrote, as the API tells it. */
export { failureOf }

/** What each value of a configuration means, for outputs and inputs alike. */
export const words = {
  provider: 'Who writes the briefs. Its key and address are settings.',
  model: 'The model, by the name that the provider gives it.',
  maxTokens: 'The most tokens of an answer, 50 to 32,000.',
  temperature: 'How freely it words a brief: 0 to 2.',
  promptTemplate:
    'The question, with {{form}} where what was written belongs; {{people}}, {{when}}, {{duration}}, {{eventType}} and {{history}} may stand in it too.',
  piiDetection:
    'Whether names, addresses and numbers are placeholders before the provider sees a word. Only a pastor can switch it off, for own bookings.',
  retentionDays: 'Days that a brief is kept after its meeting, 1 to 3,650.',
  isActive: 'Whether briefs are written by it. One of a scope is, at most.',
} as const

export const AiConfiguration = builder.prismaNode('AiConfiguration', {
  description:
    "How a language model writes briefs: the church's own configuration, or a pastor's, which comes before it.",
  needs: 'session',
  select: { id: true },
  id: { field: 'id', description: 'The global id.' },
  findUnique: (id, context) => ({ id, AND: visibleConfigurations(viewerOf(context)) }),
  nullable: true,
  authScopes: { signedIn: true },
  fields: (t) => ({
    owner: t.relation('owner', { nullable: true, description: "Whose briefs it is for. Null: the whole church's." }),
    provider: t.expose('provider', { type: AiProvider, description: words.provider }),
    model: t.exposeString('model', { description: words.model }),
    maxTokens: t.exposeInt('maxTokens', { description: words.maxTokens }),
    temperature: t.float({
      description: words.temperature,
      select: { temperature: true },
      resolve: ({ temperature }) => temperature.toNumber(),
    }),
    promptTemplate: t.exposeString('promptTemplate', { description: words.promptTemplate }),
    piiDetection: t.exposeBoolean('piiDetection', { description: words.piiDetection }),
    retentionDays: t.exposeInt('retentionDays', { description: words.retentionDays }),
    isActive: t.exposeBoolean('isActive', { description: words.isActive }),
    mayGetHighSensitivity: t.boolean({
      description:
        'Whether bookings of the viewer that are High or anonymous are sent by it: a further consent, beside `agreement`.',
      resolve: ({ id }, _args, context) => letsHighGo(context.deps, viewerOf(context), id),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it last changed.' }),
  }),
})

const AiConfigurationConnection = builder.connectionObject(
  { type: AiConfiguration, name: 'AiConfigurationConnection', description: 'A page of AI configurations.' },
  { name: 'AiConfigurationEdge', description: 'One of AI configurations, with its cursor.' },
)

builder.queryField('aiConfigurations', (t) =>
  t.prismaConnection(
    {
      type: AiConfiguration,
      cursor: 'id',
      description: "One's own AI configurations and the church's, newest first; all of them for an admin.",
      needs: 'session',
      authScopes: { signedIn: true },
      totalCount: (_parent, _args, context) => countConfigurations(context.deps.database, viewerOf(context)),
      resolve: async (query, _parent, args, context) => {
        checkPage(args)
        const { database } = context.deps
        const viewer = viewerOf(context)
        await checkCursors(args, (id) => isVisibleConfiguration(database, viewer, id))
        return listConfigurations(database, viewer, query)
      },
    },
    AiConfigurationConnection,
  ),
)

/** The payload of a mutation that leaves a configuration behind. */
export const configurationPayload = (name: string, description: string) =>
  builder.objectRef<{ configurationId: string }>(name).implement({
    description,
    fields: (t) => ({
      aiConfiguration: t.prismaField({
        type: AiConfiguration,
        description: 'The configuration, as it is now.',
        resolve: (query, { configurationId }, _args, { deps }) =>
          configurationOf(deps.database, configurationId, query),
      }),
    }),
  })
