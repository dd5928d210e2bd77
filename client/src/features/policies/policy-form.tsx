import { createSignal, type JSX, Show } from 'solid-js'
import { focusField } from '../../lib/form.ts'
import { type Problem, refusalOf } from '../../lib/problem.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { ConfirmedButton } from '../../ui/confirm.tsx'
import { RefusalNotice } from '../../ui/notice.tsx'
import { inputOf, type Policy, valuesOf } from './model.ts'
import type { OwnPolicy } from './own-policy.ts'
import { HoursFields, LimitFields, policyFields } from './policy-fields.tsx'

const ownZone = () => new Intl.DateTimeFormat().resolvedOptions().timeZone

/** The form for the viewer's policy, with defaults if none is active. */
export function PolicyForm(props: Readonly<{ policy: Policy | null; own: OwnPolicy }>): JSX.Element {
  const [isSending, setSending] = createSignal(false)
  const [problem, setProblem] = createSignal<Problem | null>(null)
  const [notice, setNotice] = createSignal('')
  const values = () => valuesOf(props.policy, ownZone())
  const ofForm = () => {
    const refused = problem()
    return refused === null || policyFields.includes(refused.field ?? '') ? null : refusalOf(refused)
  }

  const submit = async (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault()
    if (isSending()) return
    const form = event.currentTarget
    setSending(true)
    setProblem(null)
    setNotice('')
    const refused = await props.own.save(inputOf(new FormData(form)))
    setSending(false)
    if (refused === null) return void setNotice('Saved.')
    setProblem(refused)
    focusField(form, refused.field)
  }
  const remove = async () => {
    const refused = await props.own.remove()
    if (refused === null) setNotice('Limits and hours removed.')
    return refused
  }

  return (
    <form onSubmit={submit} class="grid gap-4">
      <Card title="Limits">
        <LimitFields values={values()} problem={problem()} />
      </Card>
      <Card title="Hours">
        <HoursFields values={values()} problem={problem()} />
      </Card>
      <RefusalNotice message={ofForm()} />
      <div class="flex flex-wrap items-center gap-3 px-1">
        <Button type="submit" look="primary" aria-busy={isSending()}>
          {isSending() ? 'Saving …' : 'Save'}
        </Button>
        <Show when={props.policy}>
          <ConfirmedButton
            label="Remove"
            title="Remove your limits and hours?"
            confirm="Remove"
            look="raised"
            onConfirm={remove}
          >
            <p>No limits or hours apply until you save new ones.</p>
          </ConfirmedButton>
        </Show>
        <p role="status" class="text-quiet text-small">
          {notice()}
        </p>
      </div>
    </form>
  )
}
