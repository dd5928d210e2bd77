import { createUniqueId, type JSX, splitProps } from 'solid-js'
import { Icon } from './icon.tsx'

const control =
  'mt-1 block min-h-11 w-full rounded-control border border-edge bg-surface px-3 text-body text-ink aria-invalid:border-alert'

/** A labelled text input. 16 px text, so that a phone doesn't zoom into it. */
export function TextField(props: JSX.InputHTMLAttributes<HTMLInputElement> & Readonly<{ label: string }>): JSX.Element {
  const [own, rest] = splitProps(props, ['label'])
  const id = createUniqueId()
  return (
    <div>
      <label for={id} class="font-medium text-small">
        {own.label}
      </label>
      <input {...rest} id={id} class={control} />
    </div>
  )
}

/** A labelled native select: the phone's own picker is the best one it has. */
export function SelectField(
  props: JSX.SelectHTMLAttributes<HTMLSelectElement> & Readonly<{ label: string }>,
): JSX.Element {
  const [own, rest] = splitProps(props, ['label', 'children'])
  const id = createUniqueId()
  return (
    <div class="min-w-0">
      <label for={id} class="font-medium text-small">
        {own.label}
      </label>
      <div class="relative">
        <select {...rest} id={id} class={`${control} appearance-none pr-10`}>
          {own.children}
        </select>
        <Icon name="down" class="pointer-events-none absolute top-3 right-3 text-quiet" />
      </div>
    </div>
  )
}
