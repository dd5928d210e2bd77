import type { JSX } from 'solid-js'
import type { AuditLogFilter } from '../../gql/graphql.ts'
import { buttonLook } from '../../ui/button.tsx'
import { exportPath } from './choice.ts'

/** Downloads the log with the current filters. */
export function AuditExport(props: Readonly<{ filter: AuditLogFilter }>): JSX.Element {
  return (
    <p class="flex flex-wrap items-center gap-3 text-small">
      <a href={exportPath('csv', props.filter)} download="" rel="external" class={buttonLook()}>
        Download as CSV
      </a>
      <a href={exportPath('jsonl', props.filter)} download="" rel="external" class={buttonLook()}>
        Download as JSON lines
      </a>
      <span class="text-quiet">Contains everything that these filters match. The download itself is logged.</span>
    </p>
  )
}
