import { createSignal, type JSX, Show } from 'solid-js'
import { focusField, textsOf } from '../../lib/form.ts'
import { type Problem, problemOfCode, refusalOf } from '../../lib/problem.ts'
import { Button } from '../../ui/button.tsx'
import { Drawer } from '../../ui/drawer.tsx'
import { RefusalNotice } from '../../ui/notice.tsx'
import { ShownOnce } from '../../ui/shown-once.tsx'
import { defaultLifetimeDays, endAfter } from './model.ts'
import { createOfferedScopes } from './offered-scopes.ts'
import { TokenFields, tokenFields } from './token-fields.tsx'
import type { NewToken, Tokens } from './tokens.ts'

const noScope: Problem = {
  ...problemOfCode('BAD_USER_INPUT'),
  field: 'scopes',
  message: 'Choose at least one scope.',
}

/** Creates a token, and shows it. */
export function CreateTokenDrawer(
  props: Readonly<{
    tokens: Tokens
    returnFocusTo: Element | null
    onClose: () => void
    onCreated: (name: string) => void
  }>,
): JSX.Element {
  const offered = createOfferedScopes()
  const [isSending, setSending] = createSignal(false)
  const [problem, setProblem] = createSignal<Problem | null>(null)
  const [createdToken, setCreatedToken] = createSignal<NewToken | null>(null)
  const ofForm = () => {
    const refused = problem()
    return refused === null || tokenFields.includes(refused.field ?? '') ? null : refusalOf(refused)
  }

  const submit = async (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault()
    if (isSending()) return
    const form = event.currentTarget
    const { name = '', expiresAt = '' } = textsOf(form)
    const scopes = new FormData(form).getAll('scopes').filter((scope) => typeof scope === 'string')
    if (scopes.length === 0) return void setProblem(noScope)
    setSending(true)
    setProblem(null)
    const days = Number(expiresAt) || defaultLifetimeDays
    const sent = await props.tokens.create({ name, scopes, expiresAt: endAfter(days, new Date()) })
    setSending(false)
    if ('answer' in sent) {
      setCreatedToken(sent.answer)
      return props.onCreated(sent.answer.apiToken.name)
    }
    setProblem(sent.problem)
    focusField(form, sent.problem.field)
  }

  return (
    <Drawer
      title={createdToken()?.apiToken.name ?? 'New token'}
      subtitle="Anyone with this token can act as you within its scopes."
      closeLabel="Close"
      onClose={props.onClose}
      returnFocusTo={props.returnFocusTo}
    >
      <Show
        when={createdToken()}
        fallback={
          <form onSubmit={submit} class="grid gap-4 pt-2">
            <TokenFields offered={offered} problem={problem()} />
            <RefusalNotice message={ofForm()} />
            <Button type="submit" look="primary" aria-busy={isSending()} disabled={offered.scopes() === null}>
              {isSending() ? 'Creating …' : 'Create token'}
            </Button>
          </form>
        }
      >
        {(created) => (
          <div class="grid gap-4 pt-2">
            <ShownOnce label="The token" secret={created().token} onDone={props.onClose}>
              Store this token where your script can read it, and nowhere else:{' '}
              <strong>it won’t be shown again.</strong> Anyone with this token can use it until you revoke it.
            </ShownOnce>
            <p class="text-quiet text-small">
              Send it with each request in the header{' '}
              <code class="[overflow-wrap:anywhere]">Authorization: Bearer …</code>
            </p>
          </div>
        )}
      </Show>
    </Drawer>
  )
}
