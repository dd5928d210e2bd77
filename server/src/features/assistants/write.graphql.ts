import { builder, viewerOf } from '../../graphql/builder.ts'
import { changeAiConfiguration } from './change-ai-configuration.ts'
import { createAiConfiguration } from './create-ai-configuration.ts'
import { deleteAiConfiguration } from './delete-ai-configuration.ts'
import { AiConfiguration, AiProvider, configurationPayload, words } from './graphql.ts'

const CreateAiConfigurationInput = builder.inputType('CreateAiConfigurationInput', {
  description: 'A new configuration.',
  fields: (t) => ({
    isForChurch: t.boolean({
      required: true,
      description:
        "True, by an admin: for every pastor without one of their own. False, by a pastor: for one's own briefs.",
    }),
    provider: t.field({ type: AiProvider, required: true, description: words.provider }),
    model: t.string({ required: true, description: words.model }),
    maxTokens: t.int({ description: `${words.maxTokens} 1,000 unless said otherwise.` }),
    temperature: t.float({ description: `${words.temperature} 0.7 unless said otherwise.` }),
    promptTemplate: t.string({ required: true, description: words.promptTemplate }),
    piiDetection: t.boolean({ description: `${words.piiDetection} True unless said otherwise.` }),
    retentionDays: t.int({ description: `${words.retentionDays} 90 unless said otherwise.` }),
    isActive: t.boolean({
      description: `${words.isActive} It takes the place of the one that was, unless said otherwise.`,
    }),
  }),
})

const ChangeAiConfigurationInput = builder.inputType('ChangeAiConfigurationInput', {
  description: 'What is to be different of a configuration. What is left out, or null, stays as it is.',
  fields: (t) => ({
    id: t.globalID({ required: true, for: [AiConfiguration], description: "The configuration's id." }),
    provider: t.field({ type: AiProvider, description: words.provider }),
    model: t.string({ description: words.model }),
    maxTokens: t.int({ description: words.maxTokens }),
    temperature: t.float({ description: words.temperature }),
    promptTemplate: t.string({ description: words.promptTemplate }),
    piiDetection: t.boolean({ description: words.piiDetection }),
    retentionDays: t.int({ description: words.retentionDays }),
    isActive: t.boolean({ description: words.isActive }),
  }),
})

const DeleteAiConfigurationInput = builder.inputType('DeleteAiConfigurationInput', {
  description: 'Which configuration goes.',
  fields: (t) => ({
    id: t.globalID({ required: true, for: [AiConfiguration], description: "The configuration's id." }),
  }),
})

const DeleteAiConfigurationPayload = builder
  .objectRef<{ configurationId: string }>('DeleteAiConfigurationPayload')
  .implement({
    description: 'A configuration that is gone.',
    fields: (t) => ({
      deletedId: t.globalID({
        description: 'The id that it had.',
        resolve: ({ configurationId: id }) => ({ type: 'AiConfiguration', id }),
      }),
    }),
  })

const CreateAiConfigurationPayload = configurationPayload('CreateAiConfigurationPayload', 'A new configuration.')
const ChangeAiConfigurationPayload = configurationPayload(
  'ChangeAiConfigurationPayload',
  'A configuration that has changed.',
)

/** Null stands for what was left out: nothing of a configuration can be taken away. */
function given(input: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null))
}

builder.mutationFields((t) => ({
  createAiConfiguration: t.field({
    type: CreateAiConfigurationPayload,
    description:
      'Makes a configuration by which a language model writes briefs. Nothing of a booking is sent by it until its pastor agrees with agreeToAiConfiguration. Error BAD_USER_INPUT with `field`, for `promptTemplate` with the name of each fault, and for `piiDetection` when it is false for the church; FORBIDDEN for a pastor who would write for the church.',
    needs: 'session',
    authScopes: { signedIn: true },
    args: { input: t.arg({ type: CreateAiConfigurationInput, required: true, description: 'What it says.' }) },
    resolve: async (_parent, { input }, context) => ({
      configurationId: await createAiConfiguration(context.deps, viewerOf(context), context.origin, {
        ...given(input),
        isForChurch: input.isForChurch,
      }),
    }),
  }),
  changeAiConfiguration: t.field({
    type: ChangeAiConfigurationPayload,
    description:
      "Changes one's own configuration, or as an admin the church's. Consents to it lapse when the provider, model, template or masking changes. Errors as of createAiConfiguration; NOT_FOUND for another pastor's.",
    needs: 'session',
    authScopes: { signedIn: true },
    args: { input: t.arg({ type: ChangeAiConfigurationInput, required: true, description: 'What is different.' }) },
    resolve: async (_parent, { input: { id, ...changes } }, context) => {
      await changeAiConfiguration(context.deps, viewerOf(context), context.origin, id.id, given(changes))
      return { configurationId: id.id }
    },
  }),
  deleteAiConfiguration: t.field({
    type: DeleteAiConfigurationPayload,
    description: "Deletes one's own configuration, or as an admin the church's. Briefs written by it stay.",
    needs: 'session',
    authScopes: { signedIn: true },
    args: { input: t.arg({ type: DeleteAiConfigurationInput, required: true, description: 'Which one.' }) },
    resolve: async (_parent, { input }, context) => {
      await deleteAiConfiguration(context.deps, viewerOf(context), context.origin, input.id.id)
      return { configurationId: input.id.id }
    },
  }),
}))
