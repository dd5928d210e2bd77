import { builder, viewerOf } from '../../../graphql/schema/builder.ts'
import { AiConfiguration, AiFailure, fieldDescriptions } from '../graphql.ts'
import type { ProviderAnswer } from '../model.ts'
import { defaultPromptTemplate, promptVariables, type TemplateFault } from '../prompt.model.ts'
import { sentencesOf } from './answer.model.ts'
import { type PromptPreview, previewAiPrompt } from './preview-ai-prompt.ts'
import { type AiTestOutcome, testAiConfiguration } from './test-ai-configuration.ts'

const Fault = builder.objectRef<TemplateFault>('PromptTemplateFault').implement({
  description: 'A fault in a prompt template.',
  fields: (t) => ({
    code: t.exposeString('code', {
      description: 'The fault: `EMPTY`, `TOO_LONG`, `UNKNOWN_VARIABLE`, `UNCLOSED_VARIABLE` or `NO_FORM`.',
    }),
    message: t.exposeString('message', { description: 'How to correct the fault.' }),
  }),
})

export const Placeholder = builder.objectRef<{ placeholder: string; original: string }>('PromptPlaceholder').implement({
  description: 'A placeholder in a preview.',
  fields: (t) => ({
    placeholder: t.exposeString('placeholder', { description: 'The placeholder that the provider would see.' }),
    original: t.exposeString('original', { description: 'The text that the placeholder replaces.' }),
  }),
})

const Preview = builder.objectRef<PromptPreview>('AiPromptPreview').implement({
  description: 'A preview of the request to a provider for a sample booking.',
  fields: (t) => ({
    faults: t.field({
      type: [Fault],
      description: 'The faults in the template. Empty if there are none.',
      resolve: ({ faults }) => [...faults],
    }),
    instructions: t.exposeString('instructions', {
      nullable: true,
      description:
        'The fixed instructions, which neither a template nor a form can change. Null if the template has faults.',
    }),
    prompt: t.exposeString('prompt', {
      nullable: true,
      description: 'The prompt as it would be sent. Null if the template has faults.',
    }),
    placeholders: t.field({
      type: [Placeholder],
      description: 'The placeholders in the prompt and the text they replace.',
      resolve: ({ placeholders }) => [...placeholders],
    }),
  }),
})

const Variable = builder.objectRef<{ name: string; meaning: string }>('PromptVariable').implement({
  description: 'A variable that a prompt template can contain.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The name of the variable. Write it in double braces.' }),
    meaning: t.exposeString('meaning', { description: 'What the variable is replaced by.' }),
  }),
})

const Outcome = builder.objectRef<AiTestOutcome>('TestAiConfigurationPayload').implement({
  description: 'The result of testing an AI configuration with a sample booking.',
  fields: (t) => ({
    isReachable: t.boolean({
      description:
        'Whether the provider wrote a brief. Always false, with `ADDRESS_REFUSED`, for an address that the operator has not allowed.',
      resolve: ({ failure }) => failure === null,
    }),
    failure: t.expose('failure', {
      type: AiFailure,
      nullable: true,
      description: 'The reason the test failed. Null if it succeeded.',
    }),
    isSlow: t.exposeBoolean('isSlow', { description: 'Whether the provider took ten seconds or more.' }),
    tookMilliseconds: t.exposeInt('tookMilliseconds', { description: 'The duration of the request in milliseconds.' }),
    text: t.string({
      nullable: true,
      description: 'The brief that the provider wrote for the sample booking. Null if the test failed.',
      resolve: ({ answer }: { answer: ProviderAnswer | null }) => (answer === null ? null : sentencesOf(answer)),
    }),
  }),
})

builder.queryFields((t) => ({
  previewAiPrompt: t.field({
    type: Preview,
    description: 'Previews what a prompt template would send to a provider for a sample booking. Nothing is sent.',
    needs: 'session',
    authScopes: { signedIn: true },
    args: {
      promptTemplate: t.arg.string({ required: true, description: fieldDescriptions.promptTemplate }),
      piiDetection: t.arg.boolean({ required: true, description: fieldDescriptions.piiDetection }),
    },
    resolve: (_parent, settings) => previewAiPrompt(settings),
  }),
  defaultPromptTemplate: t.string({
    description: 'The default prompt template.',
    needs: 'session',
    authScopes: { signedIn: true },
    resolve: () => defaultPromptTemplate,
  }),
  promptVariables: t.field({
    type: [Variable],
    description: 'The variables that a prompt template can contain.',
    needs: 'session',
    authScopes: { signedIn: true },
    resolve: () => Object.entries(promptVariables).map(([name, meaning]) => ({ name, meaning })),
  }),
}))

const TestAiConfigurationInput = builder.inputType('TestAiConfigurationInput', {
  description: 'The AI configuration to test.',
  fields: (t) => ({
    id: t.globalID({ required: true, for: [AiConfiguration], description: 'The ID of the configuration.' }),
  }),
})

builder.mutationField('testAiConfiguration', (t) =>
  t.field({
    type: Outcome,
    description:
      'Tests an AI configuration, active or not, by requesting a brief for a sample booking from its provider. A failure at the provider is part of the result, not an error.',
    needs: 'session',
    authScopes: { signedIn: true },
    args: {
      input: t.arg({ type: TestAiConfigurationInput, required: true, description: 'The configuration to test.' }),
    },
    resolve: (_parent, { input }, context) => testAiConfiguration(context.deps, viewerOf(context), input.id.id),
  }),
)
