import type { JSX } from 'solid-js'
import { type Configuration, providerLabels } from './model.ts'

/** The terms of a configuration that a pastor agrees to. */
export function AgreementTerms(props: Readonly<{ assistant: Configuration }>): JSX.Element {
  return (
    <div class="text-small">
      <dl class="grid gap-x-4 gap-y-1 sm:grid-cols-[auto_1fr]">
        <dt class="text-quiet">Provider</dt>
        <dd>{providerLabels[props.assistant.provider]}</dd>
        <dt class="text-quiet">Model</dt>
        <dd class="min-w-0 break-words">{props.assistant.model}</dd>
        <dt class="text-quiet">Address</dt>
        <dd class="min-w-0 break-words">{props.assistant.agreement?.address ?? 'None'}</dd>
        <dt class="text-quiet">Masking</dt>
        <dd>
          {props.assistant.piiDetection
            ? 'On. Names, addresses and numbers are replaced by placeholders.'
            : 'Off. Names, addresses and numbers are sent as they are.'}
        </dd>
      </dl>
      <details class="mt-2">
        <summary class="cursor-pointer text-accent">Question</summary>
        <p class="mt-1 whitespace-pre-wrap break-words rounded-control bg-ground p-3">
          {props.assistant.promptTemplate}
        </p>
      </details>
    </div>
  )
}
