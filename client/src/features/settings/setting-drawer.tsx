import { createSignal, type JSX, Match, Show, Switch } from 'solid-js'
import { focusField, textsOf } from '../../lib/form.ts'
import { type Problem, problemOfField, refusalOf } from '../../lib/problem.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmedButton } from '../../ui/confirm.tsx'
import { Drawer } from '../../ui/drawer.tsx'
import { PasswordField, TextField } from '../../ui/field.tsx'
import { RefusalNotice } from '../../ui/notice.tsx'
import { fieldValue, inputOf, type Setting, titleOf } from './model.ts'
import type { Settings } from './settings.ts'

const ownFields: readonly string[] = ['value', 'description']

/** Sets one setting, or takes it back. What is sealed is typed anew each time: it can't be shown. */
export function SettingDrawer(
  props: Readonly<{
    setting: Setting
    settings: Settings
    returnFocusTo: Element | null
    onClose: () => void
    /** It is set, or taken back; the words say so. */
    onChanged: (words: string) => void
  }>,
): JSX.Element {
  const [isSending, setSending] = createSignal(false)
  const [problem, setProblem] = createSignal<Problem | null>(null)
  const ofForm = () => {
    const refused = problem()
    return refused === null || ownFields.includes(refused.field ?? '') ? null : refusalOf(refused)
  }
  const ofValue = () => problemOfField(problem(), 'value')

  // The number was shown with the refusal: sending again confirms it.
  const confirmation = () => {
    const confirmedCount = problem()?.affectedCount
    return confirmedCount === undefined ? {} : { confirmedCount }
  }

  const submit = async (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault()
    if (isSending()) return
    const form = event.currentTarget
    const input = { ...inputOf(props.setting, textsOf(form)), ...confirmation() }
    setSending(true)
    setProblem(null)
    const refused = await props.settings.set(input)
    setSending(false)
    if (refused === null) return props.onChanged(`${titleOf(props.setting)} is set.`)
    setProblem(refused)
    focusField(form, refused.field)
  }
  const takeBack = async () => {
    const refused = await props.settings.takeBack(props.setting, confirmation())
    setProblem(refused)
    if (refused === null) props.onChanged(`${titleOf(props.setting)} is no longer set.`)
    return refused
  }

  return (
    <Drawer
      title={titleOf(props.setting)}
      subtitle={props.setting.key}
      closeLabel="Close the setting"
      onClose={props.onClose}
      returnFocusTo={props.returnFocusTo}
    >
      <p class="text-small">{props.setting.meaning}</p>
      <form onSubmit={submit} class="mt-5 grid gap-4">
        <Switch>
          <Match when={props.setting.isEncrypted}>
            <PasswordField
              label={props.setting.isSet ? 'Another value' : 'Value'}
              name="value"
              autocomplete="off"
              maxlength={500}
              hint={
                props.setting.isSet
                  ? 'It is set and can’t be shown. What you type takes its place.'
                  : 'It is sealed when it is set, and can’t be shown again.'
              }
              error={ofValue()}
              required
            />
          </Match>
          <Match when={props.setting.kind === 'WHOLE_NUMBER'}>
            <TextField
              label="Value"
              name="value"
              type="number"
              inputmode="numeric"
              step="1"
              min={props.setting.least ?? undefined}
              max={props.setting.most ?? undefined}
              value={fieldValue(props.setting)}
              hint={`From ${props.setting.least} to ${props.setting.most}.`}
              error={ofValue()}
              required
            />
          </Match>
          <Match when={props.setting.kind === 'TEXT'}>
            <TextField
              label="Value"
              name="value"
              autocomplete="off"
              autocapitalize="none"
              spellcheck={false}
              maxlength={500}
              value={fieldValue(props.setting)}
              error={ofValue()}
              required
            />
          </Match>
        </Switch>
        <TextField
          label="Why, if you want to say"
          name="description"
          autocomplete="off"
          maxlength={1000}
          value={props.setting.description ?? ''}
          hint="Other admins see it. It stands in clear."
          error={problemOfField(problem(), 'description')}
        />
        <RefusalNotice words={ofForm()} />
        <div class="flex flex-wrap gap-3">
          <Button type="submit" look="primary" aria-busy={isSending()}>
            {isSending() ? 'Saving …' : 'Save'}
          </Button>
          <Show when={props.setting.isSet}>
            <ConfirmedButton
              label={props.setting.isEncrypted ? 'Remove' : 'Back to the default'}
              title={props.setting.isEncrypted ? 'Remove this value?' : 'Back to the default?'}
              confirm={props.setting.isEncrypted ? 'Remove it' : 'Take it back'}
              deed={takeBack}
            >
              <p>
                {props.setting.isEncrypted
                  ? 'It can’t be brought back: nobody can read it out before.'
                  : 'What it is unless set holds from then on.'}
              </p>
            </ConfirmedButton>
          </Show>
        </div>
      </form>
    </Drawer>
  )
}
