import { createQuery } from '@urql/solid'
import { type Accessor, createEffect, For, type JSX, Match, on, Switch } from 'solid-js'
import { DeliveriesNeedingAttentionDocument, type WebhookDeliveryOutcome } from '../../gql/graphql.ts'
import { adviceFor, problemOf } from '../../lib/problem.ts'
import { formatAgo } from '../../lib/time.ts'
import { Card } from '../../ui/card.tsx'
import { EmptyNotice, ErrorNotice } from '../../ui/notice.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'

/** Outcomes of a webhook delivery that need attention, with what to do. */
const attention: Readonly<Partial<Record<WebhookDeliveryOutcome, Readonly<{ title: string; todo: string }>>>> = {
  UNKNOWN_ORGANIZER: {
    title: 'No pastor for this organizer',
    todo: 'Link this Cal.com account to a pastor, then redeliver it in Cal.com.',
  },
  UNREADABLE: {
    title: 'Can’t be read',
    todo: 'Cal.com sent a booking in an unknown format, or with an impossible start time. It is stored. Check the booking in Cal.com, or contact the server’s operator.',
  },
  UNKNOWN_TRIGGER: {
    title: 'Unknown event',
    todo: 'Cal.com sent an event that this version doesn’t know. It is stored. Update ChurchHub, or contact its operator.',
  },
  RECEIVED: {
    title: 'Not applied yet',
    todo: 'Applying it failed. It is retried every five minutes. If it stays here, contact the server’s operator.',
  },
  WAITING_FOR_BOOKING: {
    title: 'Waiting for its booking',
    todo: 'A change arrived before its booking. It is applied once the booking arrives.',
  },
}

function attentionOf({ outcomeType }: Readonly<{ outcomeType?: WebhookDeliveryOutcome | null }>) {
  return outcomeType ? attention[outcomeType] : undefined
}

/** Cal.com's trigger as text: `BOOKING_CREATED` becomes `Booking created`. */
function triggerLabel(trigger: string): string {
  const lowerCase = trigger.replaceAll('_', ' ').toLowerCase()
  return `${lowerCase.charAt(0).toUpperCase()}${lowerCase.slice(1)}`
}

/** For admins: Cal.com deliveries that appear in no calendar. Reloads every minute, with `now`. */
export function DeliveriesCard(props: Readonly<{ now: Accessor<Date> }>): JSX.Element {
  const [result, execute] = createQuery({
    query: DeliveriesNeedingAttentionDocument,
    variables: { outcome: Object.keys(attention) as WebhookDeliveryOutcome[] }, // the keys of the list above
  })
  const refresh = () => execute({ requestPolicy: 'network-only' })
  createEffect(on(() => props.now().getMinutes(), refresh, { defer: true }))
  const deliveries = () => result.data?.webhookDeliveries
  return (
    <Card title="Needs attention" aside={deliveries()?.totalCount ? `${deliveries()?.totalCount} total` : undefined}>
      <Switch>
        <Match when={deliveries()?.nodes.length === 0}>
          <EmptyNotice title="All deliveries from Cal.com are assigned">
            Deliveries that belong to no booking yet appear here, with what to do.
          </EmptyNotice>
        </Match>
        <Match when={deliveries()}>
          {(found) => (
            <ul class="grid gap-4">
              <For each={found().nodes}>
                {(delivery) => (
                  <li class="text-small">
                    <p class="flex flex-wrap items-baseline justify-between gap-x-3">
                      <span class="font-medium">{attentionOf(delivery)?.title ?? delivery.outcomeType}</span>
                      <span class="text-caption text-quiet">
                        {formatAgo(new Date(delivery.receivedAt), props.now())}
                      </span>
                    </p>
                    <p>
                      {triggerLabel(delivery.triggerType ?? 'UNKNOWN')}
                      {delivery.organizer ? ` for ${delivery.organizer}` : ''}
                    </p>
                    <p class="text-quiet">{attentionOf(delivery)?.todo}</p>
                  </li>
                )}
              </For>
            </ul>
          )}
        </Match>
        <Match when={result.error}>
          {(error) => (
            <ErrorNotice
              title="Deliveries couldn’t be loaded"
              advice={adviceFor(problemOf(error()))}
              onRetry={refresh}
            />
          )}
        </Match>
        <Match when={true}>
          <Skeleton lines={3} label="Loading deliveries" />
        </Match>
      </Switch>
    </Card>
  )
}
