import type { JSX } from 'solid-js'
import { ShownOnce } from '../../ui/shown-once.tsx'

/** A new signing secret, shown only once. Closing the notice discards it. */
export function SecretNotice(props: Readonly<{ secret: string; onDone: () => void }>): JSX.Element {
  return (
    <ShownOnce label="Signing secret" secret={props.secret} onDone={() => props.onDone()}>
      This is the signing secret. Add it to the receiver now: <strong>it won’t be shown again.</strong> Anyone with this
      secret can forge messages from ChurchHub.
    </ShownOnce>
  )
}
