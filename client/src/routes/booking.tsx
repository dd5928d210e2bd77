import { useNavigate, useParams } from '@solidjs/router'
import { createMemo, createSignal, type JSX, Match, Show, Switch } from 'solid-js'
import { AuditList } from '../features/audit/audit-list.tsx'
import { createAuditPages } from '../features/audit/audit-pages.ts'
import { openingActions } from '../features/audit/model.ts'
import { AnonymityChoice } from '../features/bookings/anonymity-choice.tsx'
import { createBookingDetails } from '../features/bookings/booking-details.ts'
import { BookingFacts } from '../features/bookings/booking-facts.tsx'
import { BookingThread } from '../features/bookings/booking-thread.tsx'
import { HandedOverNotice, HandOver } from '../features/bookings/hand-over.tsx'
import { useLiveBookings } from '../features/bookings/live/live-bookings.ts'
import { headingOf, isOver } from '../features/bookings/model.ts'
import { OutcomeChoice } from '../features/bookings/outcome-choice.tsx'
import { SensitivityChoice } from '../features/bookings/sensitivity-choice.tsx'
import { useViewer } from '../features/session/session.ts'
import { EncryptedSection } from '../features/summaries/encrypted-section.tsx'
import { createNow } from '../lib/clock.ts'
import { adviceFor } from '../lib/problem.ts'
import { setTitle } from '../lib/title.ts'
import { Drawer } from '../ui/drawer.tsx'
import { EmptyNotice, ErrorNotice } from '../ui/notice.tsx'
import { Skeleton } from '../ui/skeleton.tsx'

/** The panel of the booking in the address. Another ID creates another panel, so no state is shared. */
export function BookingRoute(): JSX.Element {
  const params = useParams<{ id: string }>()
  const id = createMemo(() => decodeURIComponent(params.id))
  // The element that opened the panel, even after navigating to other bookings of the thread.
  const opener = document.activeElement
  return (
    <Show when={id()} keyed>
      {(bookingId) => <BookingPanel id={bookingId} opener={opener} />}
    </Show>
  )
}

function BookingPanel(props: Readonly<{ id: string; opener: Element | null }>): JSX.Element {
  setTitle('Booking')
  const navigate = useNavigate()
  const viewer = useViewer()
  const now = createNow()
  const { store } = useLiveBookings()
  const booking = createBookingDetails(props.id, store)
  const openings = createAuditPages(() => ({ bookingId: props.id, actionType: [...openingActions] }), 10)
  const [handedTo, setHandedTo] = createSignal<string | null>(null)
  const isOwner = () => booking.row()?.owner.id === viewer().id
  const heading = () => {
    const row = booking.row()
    return row === null ? { first: 'Booking', second: '' } : headingOf(row, isOwner())
  }
  return (
    <Drawer
      title={heading().first}
      subtitle={heading().second}
      closeLabel="Close booking"
      returnFocusTo={props.opener}
      onClose={() => navigate('/', { scroll: false })}
    >
      <Switch>
        <Match when={handedTo()}>{(name) => <HandedOverNotice to={name()} />}</Match>
        <Match when={booking.isGone()}>
          <EmptyNotice title="Booking not found">
            It doesn’t exist, or you don’t have access to it. It may have been handed over to another pastor or deleted.
          </EmptyNotice>
        </Match>
        <Match when={booking.row()}>
          {(row) => (
            <>
              <BookingFacts row={row()} details={booking.details()} now={now()} isOwner={isOwner()} />
              <Show when={booking.details()} fallback={<PanelRest booking={booking} />}>
                {(details) => (
                  <>
                    <Show
                      when={isOwner()}
                      fallback={
                        <p class="mt-6 rounded-control bg-ground p-4 text-small">
                          Summary, intake and answers are encrypted for {details().owner.name}. No one else can open
                          them.
                        </p>
                      }
                    >
                      <EncryptedSection
                        bookingId={props.id}
                        hasIntake={details().hasIntake}
                        summaries={details().summaries.nodes}
                        responses={details().formResponses.nodes}
                        takesPlace={!isOver(row())}
                        now={now()}
                        onOpened={openings.refresh}
                      />
                    </Show>
                    <BookingThread thread={details().thread} currentId={props.id} now={now()} />
                    <Show when={isOwner()}>
                      <Show when={new Date(row().startTime) <= now() && !isOver(row()) && row().status !== 'PENDING'}>
                        <OutcomeChoice row={row()} onChanged={store.put} />
                      </Show>
                      <SensitivityChoice row={row()} onChanged={store.put} />
                      <AnonymityChoice row={row()} onChanged={store.put} />
                      <Show when={row().status !== 'RESCHEDULED'}>
                        <HandOver bookingId={props.id} onDone={setHandedTo} />
                      </Show>
                    </Show>
                    <section aria-label="Access history" class="mt-6">
                      <h3 class="mb-2 font-semibold">Access history</h3>
                      <AuditList
                        pages={openings}
                        empty={
                          <p class="text-quiet text-small">
                            No one has opened this booking’s encrypted content. Each time someone does, it appears here.
                          </p>
                        }
                      />
                    </section>
                  </>
                )}
              </Show>
            </>
          )}
        </Match>
        <Match when={true}>
          <PanelRest booking={booking} />
        </Match>
      </Switch>
    </Drawer>
  )
}

/** The placeholder for a booking's details: loading, or why they can't be shown. */
function PanelRest(props: Readonly<{ booking: ReturnType<typeof createBookingDetails> }>): JSX.Element {
  return (
    <div class="mt-4">
      <Show when={props.booking.problem()} fallback={<Skeleton lines={6} label="Loading the booking" />}>
        {(problem) => (
          <ErrorNotice
            title="The booking couldn’t be loaded"
            advice={adviceFor(problem())}
            onRetry={props.booking.refresh}
          />
        )}
      </Show>
    </div>
  )
}
