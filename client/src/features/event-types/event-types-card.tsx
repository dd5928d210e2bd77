import { createSignal, For, type JSX, onMount, Show } from 'solid-js'
import { focusField, textsOf } from '../../lib/form.ts'
import { adviceFor, type Problem, problemOfField, refusalOf } from '../../lib/problem.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { TextField } from '../../ui/field.tsx'
import { EmptyNotice, ErrorNotice, RefusalNotice } from '../../ui/notice.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import type { EventTypes, OwnEventType } from './event-types.ts'

/** The title of event types without one. */
const untitled = 'Appointment'

/** The viewer's event types, each with its public name, editable in place. */
export function EventTypesCard(props: Readonly<{ eventTypes: EventTypes }>): JSX.Element {
  const [editedId, setEditedId] = createSignal<string | null>(null)
  const [notice, setNotice] = createSignal('')
  const buttons = new Map<string, HTMLButtonElement>()
  // The form disappears, so move the focus.
  const close = (id: string, message = '') => {
    setEditedId(null)
    setNotice(message)
    requestAnimationFrame(() => buttons.get(id)?.focus())
  }
  const isEmpty = () => props.eventTypes.rows().length === 0
  return (
    <Card title="Event types">
      <p class="mb-4 text-quiet text-small">
        The names that others see for your bookings, in ChurchHub and in outside calendars. Don’t name people in them.
      </p>
      <p role="status" class="mb-3 rounded-control bg-accent-soft p-3 text-small empty:hidden">
        {notice()}
      </p>
      <ul class="grid gap-4 empty:hidden">
        <For each={props.eventTypes.rows()}>
          {(eventType) => (
            <li>
              <Show
                when={editedId() === eventType.id}
                fallback={
                  <EventTypeLine
                    eventType={eventType}
                    buttonRef={(button) => buttons.set(eventType.id, button)}
                    onRename={() => {
                      setNotice('')
                      setEditedId(eventType.id)
                    }}
                  />
                }
              >
                <RenameForm
                  eventType={eventType}
                  rename={(title) => props.eventTypes.rename(eventType.id, title)}
                  onRenamed={() => close(eventType.id, 'Saved. Its bookings show the new name within a minute.')}
                  onCancel={() => close(eventType.id)}
                />
              </Show>
            </li>
          )}
        </For>
      </ul>
      <Show when={props.eventTypes.isLoading() && isEmpty()}>
        <Skeleton lines={3} label="Loading your event types" />
      </Show>
      <Show when={props.eventTypes.problem()}>
        {(problem) => (
          <ErrorNotice
            title="Your event types couldn’t be loaded"
            advice={adviceFor(problem())}
            onRetry={() => void props.eventTypes.refresh()}
          />
        )}
      </Show>
      <Show when={!props.eventTypes.isLoading() && props.eventTypes.problem() === null && isEmpty()}>
        <EmptyNotice title="No event types yet">A Cal.com event type appears here with its first booking.</EmptyNotice>
      </Show>
    </Card>
  )
}

function EventTypeLine(
  props: Readonly<{ eventType: OwnEventType; buttonRef: (button: HTMLButtonElement) => void; onRename: () => void }>,
): JSX.Element {
  return (
    <div class="flex items-center justify-between gap-3">
      <div class="min-w-0 text-small">
        <p class="break-words font-medium">{props.eventType.title ?? untitled}</p>
        <p class="break-words text-quiet">
          {props.eventType.isRenamed ? 'Named by you' : 'Named by Cal.com'}
          <Show when={props.eventType.slug}>{(slug) => <>, {slug()}</>}</Show>
        </p>
      </div>
      <Button ref={props.buttonRef} onClick={props.onRename}>
        Rename<span class="sr-only"> {props.eventType.title ?? untitled}</span>
      </Button>
    </div>
  )
}

function RenameForm(
  props: Readonly<{
    eventType: OwnEventType
    rename: (title: string) => Promise<Problem | null>
    onRenamed: () => void
    onCancel: () => void
  }>,
): JSX.Element {
  let form: HTMLFormElement | undefined
  const [isSending, setSending] = createSignal(false)
  const [problem, setProblem] = createSignal<Problem | null>(null)
  const ofForm = () => {
    const refused = problem()
    return refused === null || refused.field === 'title' ? null : refusalOf(refused)
  }
  onMount(() => form && focusField(form, 'title'))
  const submit = async (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault()
    if (isSending()) return
    const target = event.currentTarget
    const { title = '' } = textsOf(target)
    setSending(true)
    setProblem(null)
    const refused = await props.rename(title)
    setSending(false)
    if (refused === null) return props.onRenamed()
    setProblem(refused)
    focusField(target, refused.field)
  }
  return (
    <form
      ref={form}
      onSubmit={submit}
      onKeyDown={(event) => event.key === 'Escape' && props.onCancel()}
      class="grid gap-3 rounded-control bg-ground p-4"
    >
      <RefusalNotice message={ofForm()} />
      <TextField
        label="Name that others see"
        name="title"
        autocomplete="off"
        maxlength={255}
        value={props.eventType.title ?? ''}
        error={problemOfField(problem(), 'title')}
        required
      />
      <div class="flex flex-wrap gap-3">
        <Button type="submit" look="primary" aria-busy={isSending()}>
          {isSending() ? 'Saving …' : 'Save name'}
        </Button>
        <Button look="raised" onClick={props.onCancel}>
          Cancel
        </Button>
      </div>
    </form>
  )
}
