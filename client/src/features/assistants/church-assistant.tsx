import { createSignal, type JSX, Show } from 'solid-js'
import { type Problem, refusalOf } from '../../lib/problem.ts'
import { Button } from '../../ui/button.tsx'
import { RefusalNotice } from '../../ui/notice.tsx'
import type { Assistants } from './assistants.ts'
import { type Assistant, providerWords } from './model.ts'

/** What goes of one's own bookings of High sensitivity, for one configuration: a pastor's word, and nobody else's. */
export function HighConsent(props: Readonly<{ assistant: Assistant; assistants: Assistants }>): JSX.Element {
  const [problem, setProblem] = createSignal<Problem | null>(null)
  const refusal = () => {
    const refused = problem()
    return refused === null ? null : refusalOf(refused)
  }
  const set = async (may: boolean) => setProblem(await props.assistants.consent(props.assistant.id, may))
  return (
    <div class="mt-4 rounded-control bg-ground p-4 text-small">
      <p class="font-medium">
        {props.assistant.mayGetHighSensitivity
          ? 'Your bookings of high sensitivity go to this model too.'
          : 'Nothing of your bookings of high sensitivity goes to this model.'}
      </p>
      <p class="mt-1 text-quiet">
        They are written by rules unless you say otherwise. You are asked again when it goes to another model.
      </p>
      <Button
        look="raised"
        class="mt-3"
        aria-pressed={props.assistant.mayGetHighSensitivity}
        onClick={() => void set(!props.assistant.mayGetHighSensitivity)}
      >
        {props.assistant.mayGetHighSensitivity ? 'No longer let them go' : 'Let them go'}
      </Button>
      <RefusalNotice words={refusal()} />
    </div>
  )
}

/** The church's configuration, as a pastor reads it. */
export function ChurchAssistant(props: Readonly<{ assistant: Assistant | null; assistants: Assistants }>): JSX.Element {
  return (
    <Show
      when={props.assistant?.isActive ? props.assistant : null}
      fallback={
        <p class="text-quiet text-small">
          The church has none: summaries are written by rules, on this server, unless you set up your own below.
        </p>
      }
    >
      {(assistant) => (
        <>
          <p>
            {assistant().model}, {providerWords[assistant().provider]}
          </p>
          <p class="mt-1 text-quiet text-small">
            {assistant().piiDetection
              ? 'It sees placeholders for names, addresses and numbers.'
              : 'It sees names, addresses and numbers as they are.'}
          </p>
          <HighConsent assistant={assistant()} assistants={props.assistants} />
        </>
      )}
    </Show>
  )
}
