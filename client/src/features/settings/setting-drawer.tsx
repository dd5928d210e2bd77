import { createSignal, type JSX, Match, Show, Switch } from 'solid-js'
import type { SetSystemSettingInput } from '../../gql/graphql.ts'
import { focusField, textsOf } from '../../lib/form.ts'
import { type Problem, problemOfField, refusalOf } from '../../lib/problem.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/confirm.tsx'
import { Drawer } from '../../ui/drawer.tsx'
import { PasswordField, TextField } from '../../ui/field.tsx'
import { RefusalNotice } from '../../ui/notice.tsx'
import { type Affected, fieldValue, inputOf, type Setting, titleOf } from './model.ts'
import type { Settings } from './settings.ts'
import { ShortenDialog } from './shorten-dialog.tsx'

const ownFields: readonly string[] = ['value', 'description']

/** A change of the setting: its new value (null is the default), its effect, and the message once done. */
type SettingChange = Readonly<{
  value: unknown
  message: string
  run: (confirmation: Readonly<{ confirmedCount?: number }>) => Promise<Problem | null>
}>

/** A change that deletes something and needs confirmation. */
type RetentionChange = SettingChange & Readonly<{ affected: Affected }>

/** Sets or resets one setting. An encrypted value must be retyped each time, because it can't be shown. */
export function SettingDrawer(
  props: Readonly<{
    setting: Setting
    settings: Settings
    returnFocusTo: Element | null
    onClose: () => void
    /** It was set or reset; `message` describes it. */
    onChanged: (message: string) => void
  }>,
): JSX.Element {
  const [isSending, setSending] = createSignal(false)
  const [problem, setProblem] = createSignal<Problem | null>(null)
  const ofForm = () => {
    const refused = problem()
    return refused === null || ownFields.includes(refused.field ?? '') ? null : refusalOf(refused)
  }
  const ofValue = () => problemOfField(problem(), 'value')

  const [shortening, setShortening] = createSignal<RetentionChange | null>(null)
  const [isResetting, setTakingBack] = createSignal(false)
  let opener: Element | null = null

  const changeTo = (input: SetSystemSettingInput): SettingChange => ({
    value: input.value,
    message: `${titleOf(props.setting)} is set.`,
    run: (confirmation) => props.settings.set({ ...input, ...confirmation }),
  })
  const resetting = (): SettingChange => ({
    value: null,
    message: `${titleOf(props.setting)} is no longer set.`,
    run: (confirmation) => props.settings.reset(props.setting, confirmation),
  })

  /** Asks for confirmation if a change deletes something; otherwise calls `otherwise`. */
  const check = async (change: SettingChange, apply: () => Promise<Problem | null>): Promise<Problem | null> => {
    opener = document.activeElement
    const previewed = await props.settings.preview(props.setting, change.value)
    if ('problem' in previewed) return previewed.problem
    if (previewed.affected.total === 0) return apply()
    setShortening({ ...change, affected: previewed.affected })
    return null
  }
  const perform = async (change: SettingChange, confirmation = {}): Promise<Problem | null> => {
    const refused = await change.run(confirmation)
    if (refused === null) props.onChanged(change.message)
    return refused
  }
  const confirmShortening = async (change: RetentionChange): Promise<Problem | null> => {
    const refused = await perform(change, { confirmedCount: change.affected.total })
    if (refused?.code !== 'CONFIRMATION_REQUIRED') return refused
    // More is affected than was counted: ask to confirm the new numbers.
    const updated = await props.settings.preview(props.setting, change.value)
    if ('problem' in updated) return updated.problem
    setShortening({ ...change, affected: updated.affected })
    return refused
  }

  const submit = async (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault()
    if (isSending()) return
    const form = event.currentTarget
    setSending(true)
    setProblem(null)
    const change = changeTo(inputOf(props.setting, textsOf(form)))
    const refused = await check(change, () => perform(change))
    setSending(false)
    if (refused === null) return
    setProblem(refused)
    focusField(form, refused.field)
  }

  const askToReset = async () => {
    setProblem(null)
    const refused = await check(resetting(), async () => {
      setTakingBack(true)
      return null
    })
    setProblem(refused)
  }

  return (
    <Drawer
      title={titleOf(props.setting)}
      subtitle={props.setting.key}
      closeLabel="Close setting"
      onClose={props.onClose}
      returnFocusTo={props.returnFocusTo}
    >
      <p class="text-small">{props.setting.meaning}</p>
      <form onSubmit={submit} class="mt-5 grid gap-4">
        <Switch>
          <Match when={props.setting.isEncrypted}>
            <PasswordField
              label={props.setting.isSet ? 'New value' : 'Value'}
              name="value"
              autocomplete="off"
              maxlength={500}
              hint={
                props.setting.isSet
                  ? 'A value is set and can’t be shown. What you enter replaces it.'
                  : 'It is encrypted when saved and can’t be shown again.'
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
          label="Reason (optional)"
          name="description"
          autocomplete="off"
          maxlength={1000}
          value={props.setting.description ?? ''}
          hint="Stored in plaintext and visible to other admins."
          error={problemOfField(problem(), 'description')}
        />
        <RefusalNotice message={ofForm()} />
        <div class="flex flex-wrap gap-3">
          <Button type="submit" look="primary" aria-busy={isSending()}>
            {isSending() ? 'Saving …' : 'Save'}
          </Button>
          <Show when={props.setting.isSet}>
            <Button onClick={() => void askToReset()}>
              {props.setting.isEncrypted ? 'Remove' : 'Reset to default'}
            </Button>
          </Show>
        </div>
      </form>
      <Show when={isResetting()}>
        <ConfirmDialog
          title={props.setting.isEncrypted ? 'Remove this value?' : 'Reset to default?'}
          confirm={props.setting.isEncrypted ? 'Remove' : 'Reset'}
          onConfirm={() => perform(resetting())}
          returnFocusTo={opener}
          onClose={() => setTakingBack(false)}
        >
          <p>
            {props.setting.isEncrypted
              ? 'You can’t restore it, because no one can read it.'
              : 'The default applies from then on.'}
          </p>
        </ConfirmDialog>
      </Show>
      <Show when={shortening()}>
        {(asked) => (
          <ShortenDialog
            affected={asked().affected}
            returnFocusTo={opener}
            onConfirm={() => confirmShortening(asked())}
            onClose={() => setShortening(null)}
          />
        )}
      </Show>
    </Drawer>
  )
}
