import { createQuery, useClient } from '@urql/solid'
import { createSignal, For, type JSX, Match, Switch } from 'solid-js'
import { ColleaguesDocument, HandOverBookingDocument } from '../../gql/graphql.ts'
import { adviceFor, type Problem, problemOf } from '../../lib/problem.ts'
import { send } from '../../lib/send.ts'
import { ConfirmedButton } from '../../ui/confirm.tsx'
import { SelectField } from '../../ui/field.tsx'
import { EmptyNotice, ErrorNotice } from '../../ui/notice.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'

/** Lets the owner hand a booking to a colleague, after saying what is passed on. */
export function HandOver(props: Readonly<{ bookingId: string; onDone: (name: string) => void }>): JSX.Element {
  const client = useClient()
  const [chosen, setChosen] = createSignal<string>('')
  const [colleagues, refetch] = createQuery({ query: ColleaguesDocument, requestPolicy: 'cache-and-network' })
  const all = () => colleagues.data?.colleagues ?? []

  const handOver = async (): Promise<Problem | null> => {
    const to = all().find(({ id }) => id === chosen())
    if (to === undefined) return noChoiceProblem
    const input = { bookingId: props.bookingId, toUserId: to.id }
    const sent = await send(client, HandOverBookingDocument, { input })
    if ('problem' in sent) return sent.problem
    props.onDone(to.name)
    return null
  }

  return (
    <section aria-label="Hand over" class="mt-6">
      <h3 class="font-semibold">Hand over</h3>
      <Switch
        fallback={
          <>
            <p class="mt-1 text-quiet text-small">
              Give this booking, with everything written in it, to another pastor.
            </p>
            <div class="mt-3">
              <ConfirmedButton
                label="Hand over to…"
                title="Hand this booking over?"
                confirm="Hand over"
                onConfirm={handOver}
              >
                <SelectField
                  label="To"
                  value={chosen()}
                  onChange={({ currentTarget }) => setChosen(currentTarget.value)}
                >
                  <option value="">Choose a pastor</option>
                  <For each={all()}>{({ id, name }) => <option value={id}>{name}</option>}</For>
                </SelectField>
                <p>
                  They can read everything written in the booking form, and you lose access to the booking. You can’t
                  undo this: only they can hand it over again.
                </p>
                <p>Cal.com and the person who booked aren’t notified. Let them know if needed.</p>
              </ConfirmedButton>
            </div>
          </>
        }
      >
        <Match when={colleagues.error && !colleagues.data ? colleagues.error : null}>
          {(error) => (
            <div class="mt-2">
              <ErrorNotice
                title="Your colleagues couldn’t be loaded"
                advice={adviceFor(problemOf(error()))}
                onRetry={() => refetch({ requestPolicy: 'network-only' })}
              />
            </div>
          )}
        </Match>
        <Match when={!colleagues.data}>
          <Skeleton lines={2} label="Loading your colleagues" />
        </Match>
        <Match when={all().length === 0}>
          <p class="mt-1 text-quiet text-small">
            There are no other pastors yet. Once an admin invites one, you can hand bookings over.
          </p>
        </Match>
      </Switch>
    </section>
  )
}

/** Shown in place of a booking that has just been handed over. */
export function HandedOverNotice(props: Readonly<{ to: string }>): JSX.Element {
  return (
    <EmptyNotice title={`Handed over to ${props.to}`}>
      The booking and everything written in it now belong to them. The audit log records that you handed it over.
    </EmptyNotice>
  )
}

const noChoiceProblem: Problem = {
  code: 'BAD_USER_INPUT',
  retryAfterSeconds: null,
  reference: null,
  field: 'toUserId',
  message: 'Choose a pastor.',
  mailedLink: null,
}
