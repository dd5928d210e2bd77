import { builder, personOf, viewerOf } from '../../../graphql/schema/builder.ts'
import { AiConfiguration, configurationPayload } from '../graphql.ts'
import { readConfigurationWithConsent } from '../read-configuration-with-consent.ts'
import { type ConfigurationWithConsent, consentStateOf, differencesOf, digestOfTerms, termsOf } from '../terms.model.ts'
import { agreeToAiConfiguration } from './agree-to-ai-configuration.ts'
import { countAgreements } from './count-agreements.ts'
import { setAiConsent } from './set-ai-consent.ts'
import { withdrawAiConsent } from './withdraw-ai-consent.ts'

const AiConsentState = builder.enumType('AiConsentState', {
  description: "Whether texts of a pastor's bookings may be sent by an AI configuration.",
  values: {
    NOT_GIVEN: { value: 'not_given', description: 'The pastor has not agreed. Nothing is sent.' },
    IN_FORCE: { value: 'in_force', description: 'The pastor has agreed to the current terms.' },
    LAPSED: { value: 'lapsed', description: 'The terms changed after the pastor agreed. Nothing is sent.' },
  } as const,
})

const AiTermsPart = builder.enumType('AiTermsPart', {
  description: 'A part of the terms that a pastor agrees to.',
  values: {
    PROVIDER: { description: 'The provider.' },
    MODEL: { description: 'The model.' },
    ADDRESS: { description: 'The address that texts are sent to.' },
    TEMPLATE: { description: 'The prompt template.' },
    MASKING: { description: 'Whether names, addresses and numbers are masked.' },
  } as const,
})

const AiAgreement = builder.objectRef<ConfigurationWithConsent>('AiAgreement').implement({
  description:
    "The viewer's own consent to an AI configuration: to its provider, model, address, template and masking together. It lapses when any of them changes.",
  fields: (t) => ({
    state: t.field({
      type: AiConsentState,
      description: 'Whether the consent is in force.',
      resolve: (configuration) => consentStateOf(configuration),
    }),
    includesHighSensitivity: t.boolean({
      description: 'Whether bookings that are High or anonymous are sent too. False unless the consent is in force.',
      resolve: (configuration) =>
        consentStateOf(configuration) === 'in_force' && configuration.consent?.includesHighSensitivity === true,
    }),
    address: t.string({
      nullable: true,
      description: 'The address that texts are sent to. Null if none is set.',
      resolve: ({ baseUrl }) => baseUrl,
    }),
    agreedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the viewer agreed. Null if they have not.',
      resolve: ({ consent }) => consent?.createdAt ?? null,
    }),
    lapsedBecause: t.field({
      type: [AiTermsPart],
      description:
        'The parts of the terms that differ from those agreed to. Empty unless the consent has lapsed, and if the change has been undone since.',
      resolve: (configuration) => {
        const terms = termsOf(configuration)
        if (configuration.consent === null) return []
        return terms === null ? ['ADDRESS' as const] : differencesOf(configuration.consent, terms)
      },
    }),
    termsDigest: t.string({
      nullable: true,
      description:
        'Identifies the current terms, for `agreeToAiConfiguration`. Null if no address is set. Also null without masking; `previewAiRequest` then returns it with the text that would be sent.',
      resolve: (configuration) => {
        const terms = termsOf(configuration)
        return terms === null || !terms.piiDetection ? null : digestOfTerms(terms)
      },
    }),
  }),
})

builder.prismaObjectFields(AiConfiguration, (t) => ({
  agreement: t.field({
    type: AiAgreement,
    nullable: true,
    select: { id: true },
    description: "The viewer's own consent. Null for an admin, and for a configuration that the viewer can't use.",
    resolve: ({ id }, _args, context) => {
      const viewer = viewerOf(context)
      return viewer.role === 'pastor' ? readConfigurationWithConsent(context.deps.database, viewer.userId, id) : null
    },
  }),
  agreedPastorCount: t.int({
    nullable: true,
    select: { id: true, userId: true },
    description:
      "The number of pastors whose consent to the church's configuration is in force. Null if the viewer is not an admin, and for a pastor's own configuration.",
    resolve: ({ id, userId }, _args, context) =>
      viewerOf(context).role === 'admin' && userId === null ? countAgreements(context.deps, id) : null,
  }),
}))

const AgreeToAiConfigurationInput = builder.inputType('AgreeToAiConfigurationInput', {
  description: 'The terms that a pastor agrees to.',
  fields: (t) => ({
    id: t.globalID({ required: true, for: [AiConfiguration], description: 'The ID of the configuration.' }),
    termsDigest: t.string({
      required: true,
      description: 'The `termsDigest` that came with the terms the pastor was shown.',
    }),
    includesHighSensitivity: t.boolean({
      defaultValue: false,
      required: true,
      description: 'Whether bookings that are High or anonymous are sent too.',
    }),
  }),
})

const WithdrawAiConsentInput = builder.inputType('WithdrawAiConsentInput', {
  description: 'The consent to withdraw.',
  fields: (t) => ({
    id: t.globalID({ required: true, for: [AiConfiguration], description: 'The ID of the configuration.' }),
  }),
})

const SetAiConsentInput = builder.inputType('SetAiConsentInput', {
  description: 'Whether bookings of High sensitivity are sent.',
  fields: (t) => ({
    id: t.globalID({ required: true, for: [AiConfiguration], description: 'The ID of the configuration.' }),
    mayGetHighSensitivity: t.boolean({
      required: true,
      description: 'Whether bookings that are High or anonymous are sent too.',
    }),
  }),
})

const AgreeToAiConfigurationPayload = configurationPayload(
  'AgreeToAiConfigurationPayload',
  'The configuration that the viewer agreed to.',
)
const WithdrawAiConsentPayload = configurationPayload(
  'WithdrawAiConsentPayload',
  'The configuration whose consent was withdrawn.',
)
const SetAiConsentPayload = configurationPayload('SetAiConsentPayload', 'The configuration with the updated consent.')

builder.mutationFields((t) => ({
  agreeToAiConfiguration: t.field({
    type: AgreeToAiConfigurationPayload,
    description:
      "Agrees that texts of the viewer's own bookings are sent by this configuration, on the terms that `termsDigest` identifies. Pastors only. Errors: `FORBIDDEN` for an admin; `CONFLICT` if the terms have changed or no address is set.",
    needs: 'session',
    authScopes: { signedIn: true },
    args: { input: t.arg({ type: AgreeToAiConfigurationInput, required: true, description: 'The terms.' }) },
    resolve: async (_parent, { input: { id, ...terms } }, context) => {
      const agreement = { ...terms, configurationId: id.id }
      await agreeToAiConfiguration(context.deps, personOf(context), context.origin, agreement)
      return { configurationId: id.id }
    },
  }),
  withdrawAiConsent: t.field({
    type: WithdrawAiConsentPayload,
    description:
      "Withdraws the viewer's consent to a configuration. It sends nothing more of their bookings. Withdrawing twice is not an error.",
    needs: 'session',
    authScopes: { signedIn: true },
    args: { input: t.arg({ type: WithdrawAiConsentInput, required: true, description: 'The configuration.' }) },
    resolve: async (_parent, { input }, context) => {
      const withdrawal = { configurationId: input.id.id, only: null }
      await withdrawAiConsent(context.deps, personOf(context), context.origin, withdrawal)
      return { configurationId: input.id.id }
    },
  }),
  setAiConsent: t.field({
    type: SetAiConsentPayload,
    description:
      "Sets whether High and anonymous bookings are sent too, by a configuration for which the viewer's consent is in force. Pastors only. Errors: `FORBIDDEN` for an admin; `CONFLICT` if no consent is in force.",
    needs: 'session',
    authScopes: { signedIn: true },
    args: {
      input: t.arg({
        type: SetAiConsentInput,
        required: true,
        description: 'Whether High and anonymous bookings are sent.',
      }),
    },
    resolve: async (_parent, { input: { id, mayGetHighSensitivity } }, context) => {
      const change = { configurationId: id.id, mayGetHighSensitivity }
      await setAiConsent(context.deps, personOf(context), context.origin, change)
      return { configurationId: id.id }
    },
  }),
}))
