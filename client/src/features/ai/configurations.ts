import { useClient } from '@urql/solid'
import { type Accessor, createSignal } from 'solid-js'
import {
  AgreeToAssistantDocument,
  AssistantsDocument,
  type AssistantsQuery,
  ChangeAssistantDocument,
  CreateAssistantDocument,
  DeleteAssistantDocument,
  PreviewAiRequestDocument,
  type PreviewAiRequestMutation,
  PreviewPromptDocument,
  type PreviewPromptQuery,
  SetAssistantConsentDocument,
  TestAssistantDocument,
  WithdrawAssistantConsentDocument,
} from '../../gql/graphql.ts'
import { type Problem, problemOf, unreachable } from '../../lib/problem.ts'
import { problemIn, type Sent, send } from '../../lib/send.ts'
import type { Configuration, inputOf, TestResult } from './model.ts'

type ConfigurationsState =
  | Readonly<{ name: 'loading' }>
  | Readonly<{ name: 'failed'; problem: Problem }>
  | Readonly<{ name: 'ready'; data: AssistantsQuery }>

export type Preview = PreviewPromptQuery['previewAiPrompt']

/** The text that would be sent for the viewer's next booking, or for a sample one. */
export type RequestPreview = PreviewAiRequestMutation['previewAiRequest']

/** The configurations visible to the viewer, and functions to change, preview and test them. */
export type Configurations = Readonly<{
  state: Accessor<ConfigurationsState>
  load: () => Promise<void>
  /** Updates a configuration, or creates one if `id` is null. */
  save: (id: string | null, isForChurch: boolean, input: ReturnType<typeof inputOf>) => Promise<Problem | null>
  remove: (id: string) => Promise<Problem | null>
  agree: (id: string, termsDigest: string) => Promise<Problem | null>
  withdraw: (id: string) => Promise<Problem | null>
  /** Whether bookings of high sensitivity are sent too. */
  includeHigh: (id: string, mayGetHighSensitivity: boolean) => Promise<Problem | null>
  /** Decrypts the viewer's next booking, which is audited, to show what would be sent. */
  previewRequest: (id: string) => Promise<Sent<RequestPreview>>
  preview: (promptTemplate: string, piiDetection: boolean) => Promise<Sent<Preview>>
  test: (id: string) => Promise<Sent<TestResult>>
}>

export function createConfigurations(): Configurations {
  const client = useClient()
  const [state, setState] = createSignal<ConfigurationsState>({ name: 'loading' })
  const load = async () => {
    const { data, error } = await client.query(AssistantsDocument, {}, { requestPolicy: 'network-only' }).toPromise()
    if (data) setState({ name: 'ready', data })
    else setState({ name: 'failed', problem: error ? problemOf(error) : unreachable })
  }
  void load()
  // A refusal displays its count; sending again confirms that count.
  let confirmedCount: number | null = null
  const done = async (sent: Sent<unknown>) => {
    const problem = problemIn(sent)
    confirmedCount = problem?.affectedCount ?? null
    if (problem === null) await load()
    return problem
  }
  return {
    state,
    load,
    save: async (id, isForChurch, input) =>
      done(
        id === null
          ? await send(client, CreateAssistantDocument, { input: { ...input, isForChurch, confirmedCount } })
          : await send(client, ChangeAssistantDocument, { input: { ...input, id, confirmedCount } }),
      ),
    remove: async (id) => done(await send(client, DeleteAssistantDocument, { input: { id, confirmedCount } })),
    agree: async (id, termsDigest) =>
      done(
        await send(client, AgreeToAssistantDocument, {
          input: { id, termsDigest, includesHighSensitivity: false },
        }),
      ),
    withdraw: async (id) => done(await send(client, WithdrawAssistantConsentDocument, { id })),
    previewRequest: async (id) => {
      const sent = await send(client, PreviewAiRequestDocument, { id })
      return 'problem' in sent ? sent : { answer: sent.answer.previewAiRequest }
    },
    includeHigh: async (id, mayGetHighSensitivity) =>
      done(await send(client, SetAssistantConsentDocument, { input: { id, mayGetHighSensitivity } })),
    preview: async (promptTemplate, piiDetection) => {
      const { data, error } = await client
        .query(PreviewPromptDocument, { promptTemplate, piiDetection }, { requestPolicy: 'network-only' })
        .toPromise()
      return data ? { answer: data.previewAiPrompt } : { problem: error ? problemOf(error) : unreachable }
    },
    test: async (id) => {
      const sent = await send(client, TestAssistantDocument, { id })
      return 'problem' in sent ? sent : { answer: sent.answer.testAiConfiguration }
    },
  }
}

/** The configuration to show for a scope: the active one, else the newest. */
export function shownOf(
  all: readonly Configuration[],
  isOfScope: (assistant: Configuration) => boolean,
): Configuration | null {
  const own = all.filter(isOfScope)
  return own.find(({ isActive }) => isActive) ?? own[0] ?? null
}
