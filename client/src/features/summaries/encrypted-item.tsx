import { For, type JSX, Show } from 'solid-js'
import type { Problem } from '../../lib/problem.ts'
import { Button } from '../../ui/button.tsx'
import { Icon } from '../../ui/icon.tsx'
import type { ContactLine, DecryptedText, EncryptedTexts, Opened } from './encrypted-texts.ts'

/** Why nothing was decrypted, and what to do. */
function refusalOf(problem: Problem): Readonly<{ title: string; advice: string }> {
  switch (problem.code) {
    case 'AUDIT_UNAVAILABLE':
      return {
        title: 'Nothing can be opened right now',
        advice:
          'The audit log can’t record it, and content is never opened without a record. Try again in a few minutes.',
      }
    case 'UNREADABLE':
      return {
        title: 'This can no longer be read',
        advice:
          'The stored data can’t be decrypted, so none of it is shown. Contact the server’s operator. The intake in Cal.com isn’t affected.',
      }
    case 'UNREACHABLE':
      return {
        title: 'No response from the server',
        advice: 'Nothing was shown. Once you’re back online, “Access history” below shows whether it was recorded.',
      }
    case 'NOT_FOUND':
      return {
        title: 'This content no longer exists',
        advice: 'It has expired, was replaced, or isn’t yours. Close the booking and open it again.',
      }
    case 'FORBIDDEN':
      return {
        title: 'Only the pastor of this booking can open this',
        advice: 'Your attempt was recorded in the audit log.',
      }
    case 'RATE_LIMITED':
      return {
        title: 'Too many requests',
        advice: `Wait ${problem.retryAfterSeconds ?? 60} seconds and try again.`,
      }
    default:
      return {
        title: 'The server failed',
        advice:
          problem.reference === null
            ? 'Nothing was shown. Try again in a moment.'
            : `Nothing was shown. Give the server’s operator this reference: ${problem.reference}.`,
      }
  }
}

/** Decrypted text, as text nodes; only contacts' phone numbers and addresses are also links. */
function DecryptedTextView(props: Readonly<{ decrypted: DecryptedText }>): JSX.Element {
  return (
    <div class="mt-3 grid gap-3">
      <Show when={props.decrypted.isUrgent}>
        <p class="flex items-start gap-2 font-medium text-alert">
          <Icon name="alert" />
          Urgent
        </p>
      </Show>
      <For each={props.decrypted.paragraphs}>{(paragraph) => <p>{paragraph}</p>}</For>
      <Show when={props.decrypted.answers.length > 0}>
        <dl class="grid gap-3">
          <For each={props.decrypted.answers}>
            {(answer) => (
              <div>
                <dt class="text-caption text-quiet">{answer.label}</dt>
                <For each={answer.values} fallback={<dd class="text-quiet">No answer</dd>}>
                  {(value) => <dd>{typeof value === 'string' ? value : <ContactView contact={value} />}</dd>}
                </For>
              </div>
            )}
          </For>
        </dl>
      </Show>
    </div>
  )
}

/** A contact with links to call and write. Neither link opens a page, so clicks leave no history. */
function ContactView(props: Readonly<{ contact: ContactLine }>): JSX.Element {
  return (
    <>
      {props.contact.name}
      <For each={props.contact.links}>
        {(link, index) => (
          <>
            {index() > 0 || props.contact.name !== null ? ', ' : ''}
            <Show when={link.href} fallback={link.label}>
              {(href) => (
                <a href={href()} class="break-words text-accent underline">
                  {link.label}
                </a>
              )}
            </Show>
          </>
        )}
      </For>
    </>
  )
}

/** One encrypted item: its title, the button to open it, and, while open, its text. */
export function EncryptedItem(
  props: Readonly<{
    itemKey: string
    title: string
    note: string
    openLabel: string
    /** The primary item. */
    isMain?: boolean
    /** The ID of the sentence that says what opening means. */
    describedBy: string
    texts: EncryptedTexts
    read: () => Promise<Opened>
    onOpened: () => void
  }>,
): JSX.Element {
  const state = () => props.texts.stateOf(props.itemKey)
  const decrypted = () => {
    const now = state()
    return now.name === 'open' ? now.text : null
  }
  const refusal = () => {
    const now = state()
    return now.name === 'refused' ? refusalOf(now.problem) : null
  }
  const label = () => {
    const { name } = state()
    if (name === 'opening') return 'Opening …'
    return name === 'open' ? 'Close' : props.openLabel
  }
  const press = async () => {
    const { name } = state()
    if (name === 'opening') return
    if (name === 'open') return props.texts.close(props.itemKey)
    await props.texts.open(props.itemKey, props.read)
    props.onOpened()
  }
  return (
    <li class="rounded-control bg-ground p-4">
      <div class="flex flex-wrap items-center justify-between gap-x-3 gap-y-2 sm:flex-nowrap">
        <div class="min-w-0 basis-full sm:basis-auto">
          <h4 class="flex items-center gap-2 font-medium">
            <Icon name="sealed" class="text-quiet" />
            {props.title}
          </h4>
          <p class="text-caption text-quiet">{props.note}</p>
        </div>
        {/* One button in all states, so that it keeps the keyboard focus. */}
        <Button
          look={props.isMain && !decrypted() ? 'primary' : 'raised'}
          class="w-full shrink-0 sm:w-auto"
          aria-describedby={decrypted() ? undefined : props.describedBy}
          aria-busy={state().name === 'opening'}
          onClick={press}
        >
          {label()}
        </Button>
      </div>
      <div aria-live="polite">
        <Show when={decrypted()}>{(opened) => <DecryptedTextView decrypted={opened()} />}</Show>
        <Show when={refusal()}>
          {(why) => (
            <div class="mt-3 rounded-control bg-alert-soft p-3 text-small">
              <p class="flex items-start gap-2 font-medium text-alert">
                <Icon name="alert" />
                {why().title}
              </p>
              <p class="mt-1">{why().advice}</p>
            </div>
          )}
        </Show>
      </div>
    </li>
  )
}
