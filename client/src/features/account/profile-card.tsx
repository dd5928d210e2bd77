import { createSignal, type JSX, Match, Switch } from 'solid-js'
import { focusField, textsOf } from '../../lib/form.ts'
import { adviceFor, type Problem, problemOfField, refusalOf } from '../../lib/problem.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { TextAreaField, TextField } from '../../ui/field.tsx'
import { ErrorNotice, RefusalNotice } from '../../ui/notice.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { changesOf, type Profile, textsIn } from './model.ts'
import type { OwnProfile } from './own-profile.ts'

/** The form for the viewer's profile. */
export function ProfileCard(props: Readonly<{ own: OwnProfile }>): JSX.Element {
  const profile = () => {
    const state = props.own.state()
    return state.name === 'ready' ? state.profile : null
  }
  const failed = () => {
    const state = props.own.state()
    return state.name === 'failed' ? state.problem : null
  }
  return (
    <Card title="Profile">
      <Switch>
        <Match when={profile()}>{(ready) => <ProfileForm profile={ready()} own={props.own} />}</Match>
        <Match when={failed()}>
          {(problem) => (
            <ErrorNotice
              title="Your profile couldn’t be loaded"
              advice={adviceFor(problem())}
              onRetry={() => void props.own.load()}
            />
          )}
        </Match>
        <Match when={props.own.state().name === 'loading'}>
          <Skeleton lines={4} label="Loading your profile" />
        </Match>
      </Switch>
    </Card>
  )
}

function ProfileForm(props: Readonly<{ profile: Profile; own: OwnProfile }>): JSX.Element {
  const [isSending, setSending] = createSignal(false)
  const [problem, setProblem] = createSignal<Problem | null>(null)
  const [notice, setNotice] = createSignal('')
  const texts = () => textsIn(props.profile)
  const ofField = (name: string) => problemOfField(problem(), name)
  const ofForm = () => {
    const refused = problem()
    return refused === null || refused.field !== null ? null : refusalOf(refused)
  }

  const submit = async (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault()
    if (isSending()) return
    const form = event.currentTarget
    const changes = changesOf(props.profile, textsOf(form))
    setProblem(null)
    if (changes === null) return void setNotice('There are no changes to save.')
    setNotice('')
    setSending(true)
    const refused = await props.own.save(changes)
    setSending(false)
    if (refused === null) return void setNotice('Saved.')
    setProblem(refused)
    focusField(form, refused.field)
  }

  return (
    <form onSubmit={submit} class="grid gap-4">
      <RefusalNotice message={ofForm()} />
      <div class="grid gap-4 sm:grid-cols-2">
        <TextField
          label="Name"
          name="name"
          autocomplete="name"
          value={texts().name}
          maxlength={255}
          hint="The name that colleagues and the audit log show."
          error={ofField('name')}
          required
        />
        <TextField
          label="Church"
          name="churchName"
          autocomplete="organization"
          value={texts().churchName}
          maxlength={255}
          error={ofField('churchName')}
          required
        />
      </div>
      <TextField
        label="Booking page, if any"
        name="schedulingLink"
        type="url"
        inputmode="url"
        autocomplete="url"
        value={texts().schedulingLink}
        maxlength={500}
        hint="Where people book you. It starts with https://."
        error={ofField('schedulingLink')}
      />
      <TextAreaField
        label="About"
        name="bio"
        value={texts().bio}
        maxlength={5000}
        rows={4}
        hint="A short bio. Everyone who can see your account can read it."
        error={ofField('bio')}
      />
      <div class="flex flex-wrap items-center gap-x-4 gap-y-2">
        <Button type="submit" look="primary" aria-busy={isSending()}>
          {isSending() ? 'Saving …' : 'Save profile'}
        </Button>
        <p role="status" class="text-quiet text-small">
          {notice()}
        </p>
      </div>
      <p class="text-quiet text-small">Only an admin can change your email address, role and Cal.com username.</p>
    </form>
  )
}
