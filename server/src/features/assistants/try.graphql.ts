import { builder, viewerOf } from '../../graphql/builder.ts'
import { sentencesOf } from './answer.model.ts'
import { AiConfiguration, AiFailure, words } from './graphql.ts'
import type { ProviderAnswer } from './model.ts'
import { type PromptPreview, previewAiPrompt } from './preview-ai-prompt.ts'
import { defaultPromptTemplate, promptVariables, type TemplateFault } from './prompt.model.ts'
import { type AiTestOutcome, testAiConfiguration } from './test-ai-configuration.ts'

const Fault = builder.objectRef<TemplateFault>('PromptTemplateFault').implement({
  description: 'What is wrong with a template.',
  fields: (t) => ({
    code: t.exposeString('code', {
      description: '`EMPTY`, `TOO_LONG`, `UNKNOWN_VARIABLE`, `UNCLOSED_VARIABLE` or `NO_FORM`.',
    }),
    message: t.exposeString('message', { description: 'What to do about it.' }),
  }),
})

/** A placeholder in a text that would be sent. */
export const Placeholder = builder.objectRef<{ placeholder: string; original: string }>('PromptPlaceholder').implement({
  description: 'A placeholder of the preview.',
  fields: (t) => ({
    placeholder: t.exposeString('placeholder', { description: 'What the provider would see.' }),
    original: t.exposeString('original', { description: 'What it stands for, in the made-up booking.' }),
  }),
})

const Preview = builder.objectRef<PromptPreview>('AiPromptPreview').implement({
  description: 'What a provider would get for a made-up booking.',
  fields: (t) => ({
    faults: t.field({
      type: [Fault],
      description: 'What is wrong with the template; empty for a good one.',
      resolve: ({ faults }) => [...faults],
    }),
    instructions: t.exposeString('instructions', {
      nullable: true,
      description: 'What holds whatever a template or a form says. Null where the template has faults.',
    }),
    prompt: t.exposeString('prompt', {
      nullable: true,
      description: 'The question, as it would leave the house. Null where the template has faults.',
    }),
    placeholders: t.field({
      type: [Placeholder],
      description: 'What its placeholders stand for.',
      resolve: ({ placeholders }) => [...placeholders],
    }),
  }),
})

const Variable = builder.objectRef<{ name: string; meaning: string }>('PromptVariable').implement({
  description: 'What a template may name.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Its name, between two braces on each side.' }),
    meaning: t.exposeString('meaning', { description: 'What it stands for.' }),
  }),
})

const Outcome = builder.objectRef<AiTestOutcome>('TestAiConfigurationPayload').implement({
  description: 'What a provider did with a made-up booking.',
  fields: (t) => ({
    isReachable: t.boolean({
      description:
        'Whether it wrote a brief. Always false, with ADDRESS_REFUSED, for an address that the operator has not allowed.',
      resolve: ({ failure }) => failure === null,
    }),
    failure: t.expose('failure', { type: AiFailure, nullable: true, description: 'Why not. Null where it did.' }),
    isSlow: t.exposeBoolean('isSlow', { description: 'Whether it took ten seconds or more.' }),
    tookMilliseconds: t.exposeInt('tookMilliseconds', { description: 'How long it took.' }),
    text: t.string({
      nullable: true,
      description: 'The brief that it wrote of the made-up booking.',
      resolve: ({ answer }: { answer: ProviderAnswer | null }) => (answer === null ? null : sentencesOf(answer)),
    }),
  }),
})

builder.queryFields((t) => ({
  previewAiPrompt: t.field({
    type: Preview,
    description: 'What a template would send to a provider for a made-up booking. Nothing is sent.',
    needs: 'session',
    authScopes: { signedIn: true },
    args: {
      promptTemplate: t.arg.string({ required: true, description: words.promptTemplate }),
      piiDetection: t.arg.boolean({ required: true, description: words.piiDetection }),
    },
    resolve: (_parent, settings) => previewAiPrompt(settings),
  }),
  defaultPromptTemplate: t.string({
    description: 'A template to begin with.',
    needs: 'session',
    authScopes: { signedIn: true },
    resolve: () => defaultPromptTemplate,
  }),
  promptVariables: t.field({
    type: [Variable],
    description: 'What a template may name.',
    needs: 'session',
    authScopes: { signedIn: true },
    resolve: () => Object.entries(promptVariables).map(([name, meaning]) => ({ name, meaning })),
  }),
}))

const TestAiConfigurationInput = builder.inputType('TestAiConfigurationInput', {
  description: 'Which configuration is tried.',
  fields: (t) => ({
    id: t.globalID({ required: true, for: [AiConfiguration], description: "The configuration's id." }),
  }),
})

builder.mutationField('testAiConfiguration', (t) =>
  t.field({
    type: Outcome,
    description:
      'Asks the provider of a configuration for a brief of a made-up booking, active or not, and tells what became of it: reachable, wrong key, unknown model, slow. What goes wrong there is an answer and no error.',
    needs: 'session',
    authScopes: { signedIn: true },
    args: { input: t.arg({ type: TestAiConfigurationInput, required: true, description: 'Which one.' }) },
    resolve: (_parent, { input }, context) => testAiConfiguration(context.deps, viewerOf(context), input.id.id),
  }),
)
