import { type JSX, Show } from 'solid-js'
import { AgreementPanel } from './agreement-panel.tsx'
import type { Configurations } from './configurations.ts'
import type { Configuration } from './model.ts'

/** The church's configuration as pastors see it: an offer to accept or decline. */
export function ChurchConfiguration(
  props: Readonly<{ assistant: Configuration | null; assistants: Configurations }>,
): JSX.Element {
  return (
    <Show
      when={props.assistant?.isActive ? props.assistant : null}
      fallback={
        <p class="text-quiet text-small">
          The church has no configuration. Rules on this server write your summaries, unless you set up your own below.
        </p>
      }
    >
      {(assistant) => <AgreementPanel assistant={assistant()} assistants={props.assistants} />}
    </Show>
  )
}
