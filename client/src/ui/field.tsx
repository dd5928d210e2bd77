import { createSignal, createUniqueId, type JSX, Show, splitProps } from 'solid-js'
import { Icon } from './icon.tsx'

const control =
  'mt-1 block min-h-11 w-full rounded-control border border-edge bg-surface px-3 text-body text-ink aria-invalid:border-alert'

type FieldTexts = Readonly<{
  label: string
  /** A hint for filling it in. */
  hint?: string | undefined
  /** The error of its value. */
  error?: string | null | undefined
}>

/** A labelled text input. The text is 16 px, so that phones don't zoom in. */
export function TextField(props: JSX.InputHTMLAttributes<HTMLInputElement> & FieldTexts): JSX.Element {
  const [own, rest] = splitProps(props, ['label', 'hint', 'error'])
  const id = createUniqueId()
  return (
    <div class="min-w-0">
      <label for={id} class="font-medium text-small">
        {own.label}
      </label>
      <input {...rest} id={id} class={control} {...describedBy(id, own)} />
      <FieldHint id={id} texts={own} />
    </div>
  )
}

/** A password input with a show button, which makes a repeated entry unnecessary. */
export function PasswordField(props: JSX.InputHTMLAttributes<HTMLInputElement> & FieldTexts): JSX.Element {
  const [own, rest] = splitProps(props, ['label', 'hint', 'error'])
  const [isShown, setShown] = createSignal(false)
  const id = createUniqueId()
  return (
    <div class="min-w-0">
      <label for={id} class="font-medium text-small">
        {own.label}
      </label>
      <div class="relative">
        <input
          {...rest}
          id={id}
          type={isShown() ? 'text' : 'password'}
          autocapitalize="none"
          spellcheck={false}
          class={`${control} pr-18`}
          {...describedBy(id, own)}
        />
        <button
          type="button"
          aria-pressed={isShown()}
          class="absolute inset-y-0 right-0 min-w-16 rounded-control font-medium text-accent text-small hover:bg-accent-soft"
          onClick={() => setShown(!isShown())}
        >
          Show
          <span class="sr-only"> what is typed</span>
        </button>
      </div>
      <FieldHint id={id} texts={own} />
    </div>
  )
}

/** A labelled native select, for the phone's own picker. */
export function SelectField(props: JSX.SelectHTMLAttributes<HTMLSelectElement> & FieldTexts): JSX.Element {
  const [own, rest] = splitProps(props, ['label', 'children', 'hint', 'error'])
  const id = createUniqueId()
  return (
    <div class="min-w-0">
      <label for={id} class="font-medium text-small">
        {own.label}
      </label>
      <div class="relative">
        <select {...rest} id={id} class={`${control} appearance-none pr-10`} {...describedBy(id, own)}>
          {own.children}
        </select>
        <Icon name="down" class="pointer-events-none absolute top-3 right-3 text-quiet" />
      </div>
      <FieldHint id={id} texts={own} />
    </div>
  )
}

/** A labelled text area for several lines. */
export function TextAreaField(props: JSX.TextareaHTMLAttributes<HTMLTextAreaElement> & FieldTexts): JSX.Element {
  const [own, rest] = splitProps(props, ['label', 'hint', 'error', 'class'])
  const id = createUniqueId()
  return (
    <div class="min-w-0">
      <label for={id} class="font-medium text-small">
        {own.label}
      </label>
      <textarea {...rest} id={id} class={`${control} py-2 ${own.class ?? ''}`} {...describedBy(id, own)} />
      <FieldHint id={id} texts={own} />
    </div>
  )
}

/** A labelled checkbox with its technical name beside it. */
export function CheckField(
  props: Readonly<{ name: string; value: string; checked: boolean; label: string; code?: string }>,
): JSX.Element {
  return (
    <label class="flex min-h-11 items-center gap-3 text-small">
      <input
        type="checkbox"
        name={props.name}
        value={props.value}
        checked={props.checked}
        class="size-5 shrink-0 accent-accent"
      />
      <span class="min-w-0">
        {props.label}
        <Show when={props.code}>{(code) => <code class="ml-2 text-caption text-quiet">{code()}</code>}</Show>
      </span>
    </label>
  )
}

function describedBy(id: string, texts: FieldTexts) {
  return {
    get 'aria-invalid'() {
      return texts.error ? true : undefined
    },
    get 'aria-describedby'() {
      return texts.error || texts.hint ? `${id}-hint` : undefined
    },
  }
}

function FieldHint(props: Readonly<{ id: string; texts: FieldTexts }>): JSX.Element {
  return (
    <div id={`${props.id}-hint`} class="text-caption">
      <Show when={props.texts.error} fallback={<p class="mt-1 text-quiet empty:hidden">{props.texts.hint}</p>}>
        <p class="mt-1 flex items-start gap-1 text-alert">
          <Icon name="alert" class="mt-0.5 !size-4" />
          {props.texts.error}
        </p>
      </Show>
    </div>
  )
}
