import { builder, listField, viewerOf } from '../../graphql/schema/builder.ts'
import { allowsHighSensitivity } from './allows-high-sensitivity.ts'
import { describedFailures, failureOf } from './model.ts'
import { configurationList, configurationOf, visibleConfigurations } from './reads.ts'

export const AiProvider = builder.enumType('AiProvider', {
  description: 'An AI provider that can write briefs.',
  values: {
    OPENAI: { value: 'openai', description: 'OpenAI.' },
    ANTHROPIC: { value: 'anthropic', description: 'Anthropic.' },
    LOCAL: {
      value: 'local',
      description: "The church's own server, which supports OpenAI's protocol: Ollama, llama.cpp.",
    },
  } as const,
})

export const AiFailure = builder.enumType('AiFailure', {
  description: "Why a provider's brief was not used.",
  values: describedFailures,
})

export { failureOf }

/** The descriptions of a configuration's fields, shared by outputs and inputs. */
export const fieldDescriptions = {
  provider: 'The provider that writes the briefs. Its key and address are settings.',
  model: "The provider's name for the model.",
  maxTokens: 'The maximum number of tokens in a response, from 50 to 32,000.',
  temperature: 'The sampling temperature, from 0 to 2.',
  promptTemplate:
    'The prompt template. It must contain {{form}}, which is replaced by what the attendee wrote, and can contain {{people}}, {{when}}, {{duration}}, {{eventType}} and {{history}}.',
  piiDetection:
    'Whether names, addresses and numbers are replaced by placeholders before anything is sent. Only a pastor can turn it off, for their own bookings.',
  retentionDays: 'The number of days a brief is kept after its meeting, from 1 to 3,650.',
  isActive:
    'Whether the configuration is active. The church, and each pastor, can have at most one active configuration.',
} as const

export const AiConfiguration = builder.prismaNode('AiConfiguration', {
  description:
    "The configuration of a language model that writes briefs. A pastor's own configuration takes precedence over the church's.",
  needs: 'session',
  select: { id: true },
  id: { field: 'id', description: 'The global ID.' },
  findUnique: (id, context) => ({ id, AND: visibleConfigurations(viewerOf(context)) }),
  nullable: true,
  authScopes: { signedIn: true },
  fields: (t) => ({
    owner: t.relation('owner', {
      nullable: true,
      description: "The pastor whose briefs it is for. Null for the church's configuration.",
    }),
    provider: t.expose('provider', { type: AiProvider, description: fieldDescriptions.provider }),
    model: t.exposeString('model', { description: fieldDescriptions.model }),
    maxTokens: t.exposeInt('maxTokens', { description: fieldDescriptions.maxTokens }),
    temperature: t.float({
      description: fieldDescriptions.temperature,
      select: { temperature: true },
      resolve: ({ temperature }) => temperature.toNumber(),
    }),
    promptTemplate: t.exposeString('promptTemplate', { description: fieldDescriptions.promptTemplate }),
    piiDetection: t.exposeBoolean('piiDetection', { description: fieldDescriptions.piiDetection }),
    retentionDays: t.exposeInt('retentionDays', { description: fieldDescriptions.retentionDays }),
    isActive: t.exposeBoolean('isActive', { description: fieldDescriptions.isActive }),
    mayGetHighSensitivity: t.boolean({
      description:
        "Whether the viewer's High and anonymous bookings are sent too. This requires a separate consent in addition to `agreement`.",
      resolve: ({ id }, _args, context) => allowsHighSensitivity(context.deps, viewerOf(context), id),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the configuration was created.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When the configuration was last updated.' }),
  }),
})

const AiConfigurationConnection = builder.connectionObject(
  { type: AiConfiguration, name: 'AiConfigurationConnection', description: 'A connection of AI configurations.' },
  { name: 'AiConfigurationEdge', description: 'An edge in a connection of AI configurations.' },
)

builder.queryField('aiConfigurations', (t) =>
  t.connection(
    {
      type: AiConfiguration,
      description: "Your own AI configurations and the church's, newest first. Admins get all configurations.",
      needs: 'session',
      authScopes: { signedIn: true },
      ...listField('AiConfiguration', (_args: object, context) => configurationList(viewerOf(context)), {
        isPlanned: false,
      }),
    },
    AiConfigurationConnection,
  ),
)

/** Declares the payload of a mutation that returns the configuration it changed. */
export const configurationPayload = (name: string, description: string) =>
  builder.objectRef<{ configurationId: string }>(name).implement({
    description,
    fields: (t) => ({
      aiConfiguration: t.prismaField({
        type: AiConfiguration,
        description: 'The configuration in its current state.',
        resolve: (query, { configurationId }, _args, { deps }) =>
          configurationOf(deps.database, configurationId, query),
      }),
    }),
  })
