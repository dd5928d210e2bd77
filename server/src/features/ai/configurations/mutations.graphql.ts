import { builder, viewerOf } from '../../../graphql/schema/builder.ts'
import { AiConfiguration, AiProvider, configurationPayload, fieldDescriptions } from '../graphql.ts'
import { changeAiConfiguration } from './change-ai-configuration.ts'
import { createAiConfiguration } from './create-ai-configuration.ts'
import { deleteAiConfiguration } from './delete-ai-configuration.ts'

const CreateAiConfigurationInput = builder.inputType('CreateAiConfigurationInput', {
  description: 'A new AI configuration.',
  fields: (t) => ({
    isForChurch: t.boolean({
      required: true,
      description:
        "True for the church's configuration, used for every pastor without one of their own (admins only). False for your own briefs (pastors only).",
    }),
    provider: t.field({ type: AiProvider, required: true, description: fieldDescriptions.provider }),
    model: t.string({ required: true, description: fieldDescriptions.model }),
    maxTokens: t.int({ description: `${fieldDescriptions.maxTokens} Defaults to 1,000.` }),
    temperature: t.float({ description: `${fieldDescriptions.temperature} Defaults to 0.7.` }),
    promptTemplate: t.string({ required: true, description: fieldDescriptions.promptTemplate }),
    piiDetection: t.boolean({ description: `${fieldDescriptions.piiDetection} Defaults to true.` }),
    retentionDays: t.int({ description: `${fieldDescriptions.retentionDays} Defaults to 90.` }),
    isActive: t.boolean({
      description: `${fieldDescriptions.isActive} Defaults to true; the new configuration then replaces the active one.`,
    }),
    confirmedCount: t.int({
      description: 'The number of existing summaries that may expire sooner, from the error `CONFIRMATION_REQUIRED`.',
    }),
  }),
})

const ChangeAiConfigurationInput = builder.inputType('ChangeAiConfigurationInput', {
  description: 'The changes to an AI configuration. Omitted and null fields stay unchanged.',
  fields: (t) => ({
    id: t.globalID({ required: true, for: [AiConfiguration], description: 'The ID of the configuration.' }),
    provider: t.field({ type: AiProvider, description: fieldDescriptions.provider }),
    model: t.string({ description: fieldDescriptions.model }),
    maxTokens: t.int({ description: fieldDescriptions.maxTokens }),
    temperature: t.float({ description: fieldDescriptions.temperature }),
    promptTemplate: t.string({ description: fieldDescriptions.promptTemplate }),
    piiDetection: t.boolean({ description: fieldDescriptions.piiDetection }),
    retentionDays: t.int({ description: fieldDescriptions.retentionDays }),
    isActive: t.boolean({ description: fieldDescriptions.isActive }),
    confirmedCount: t.int({
      description: 'The number of existing summaries that may expire sooner, from the error `CONFIRMATION_REQUIRED`.',
    }),
  }),
})

const DeleteAiConfigurationInput = builder.inputType('DeleteAiConfigurationInput', {
  description: 'The AI configuration to delete.',
  fields: (t) => ({
    id: t.globalID({ required: true, for: [AiConfiguration], description: 'The ID of the configuration.' }),
    confirmedCount: t.int({
      description: 'The number of existing summaries that may expire sooner, from the error `CONFIRMATION_REQUIRED`.',
    }),
  }),
})

const DeleteAiConfigurationPayload = builder
  .objectRef<{ configurationId: string }>('DeleteAiConfigurationPayload')
  .implement({
    description: 'The result of deleting an AI configuration.',
    fields: (t) => ({
      deletedId: t.globalID({
        description: 'The ID of the deleted configuration.',
        resolve: ({ configurationId: id }) => ({ type: 'AiConfiguration', id }),
      }),
    }),
  })

const CreateAiConfigurationPayload = configurationPayload('CreateAiConfigurationPayload', 'The new AI configuration.')
const ChangeAiConfigurationPayload = configurationPayload(
  'ChangeAiConfigurationPayload',
  'The updated AI configuration.',
)

/** Treats null as omitted: no field of a configuration can be cleared. */
function withoutNulls(input: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null))
}

builder.mutationFields((t) => ({
  createAiConfiguration: t.field({
    type: CreateAiConfigurationPayload,
    description:
      'Creates an AI configuration. Nothing of a booking is sent until its pastor agrees with `agreeToAiConfiguration`. Errors: `BAD_USER_INPUT` with `field`: `promptTemplate`, with the name of each fault, or `piiDetection`, if it is false for the church; `FORBIDDEN` if a pastor creates one for the church, or an admin one of their own; `CONFIRMATION_REQUIRED` if more than `confirmedCount` summaries would expire sooner.',
    needs: 'session',
    authScopes: { signedIn: true },
    args: {
      input: t.arg({
        type: CreateAiConfigurationInput,
        required: true,
        description: 'The properties of the configuration.',
      }),
    },
    resolve: async (_parent, { input }, context) => ({
      configurationId: await createAiConfiguration(context.deps, viewerOf(context), context.origin, {
        ...withoutNulls(input),
        isForChurch: input.isForChurch,
      }),
    }),
  }),
  changeAiConfiguration: t.field({
    type: ChangeAiConfigurationPayload,
    description:
      "Updates your own AI configuration or, as an admin, the church's. Consents lapse if the provider, model, template or masking changes. Errors: those of `createAiConfiguration`; `NOT_FOUND` for another pastor's configuration.",
    needs: 'session',
    authScopes: { signedIn: true },
    args: { input: t.arg({ type: ChangeAiConfigurationInput, required: true, description: 'The changes.' }) },
    resolve: async (_parent, { input: { id, ...changes } }, context) => {
      await changeAiConfiguration(context.deps, viewerOf(context), context.origin, id.id, withoutNulls(changes))
      return { configurationId: id.id }
    },
  }),
  deleteAiConfiguration: t.field({
    type: DeleteAiConfigurationPayload,
    description:
      "Deletes your own AI configuration or, as an admin, the church's. Briefs written with it are kept. Errors: `CONFIRMATION_REQUIRED` if more than `confirmedCount` summaries would expire sooner.",
    needs: 'session',
    authScopes: { signedIn: true },
    args: {
      input: t.arg({ type: DeleteAiConfigurationInput, required: true, description: 'The configuration to delete.' }),
    },
    resolve: async (_parent, { input }, context) => {
      const { id, confirmedCount } = input
      await deleteAiConfiguration(context.deps, viewerOf(context), context.origin, id.id, confirmedCount ?? 0)
      return { configurationId: id.id }
    },
  }),
}))
