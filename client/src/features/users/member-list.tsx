import { For, type JSX, Show } from 'solid-js'
import type { Pages } from '../../lib/pages.ts'
import { adviceFor } from '../../lib/problem.ts'
import { Button } from '../../ui/button.tsx'
import { Icon } from '../../ui/icon.tsx'
import { EmptyNotice, ErrorNotice } from '../../ui/notice.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { accessLabel, accessOf, type Member, roleLabels } from './model.ts'

/** All users as rows that open. */
export function MemberList(
  props: Readonly<{
    pages: Pages<Member>
    now: Date
    viewerId: string
    isFiltered: boolean
    onOpen: (member: Member) => void
  }>,
): JSX.Element {
  const isEmpty = () => !props.pages.isLoading() && !props.pages.problem() && props.pages.rows().length === 0
  return (
    <>
      <ul class="grid gap-1">
        <For each={props.pages.rows()}>
          {(member) => (
            <li>
              <MemberLine
                member={member}
                now={props.now}
                isViewer={member.id === props.viewerId}
                onOpen={() => props.onOpen(member)}
              />
            </li>
          )}
        </For>
      </ul>
      <Show when={props.pages.isLoading() && props.pages.rows().length === 0}>
        <Skeleton lines={6} label="Loading users" />
      </Show>
      <Show when={props.pages.problem()}>
        {(problem) => (
          <ErrorNotice title="Users couldn’t be loaded" advice={adviceFor(problem())} onRetry={props.pages.more} />
        )}
      </Show>
      <Show when={isEmpty()}>
        <EmptyNotice title={props.isFiltered ? 'No matching users' : 'No users yet'}>
          {props.isFiltered
            ? 'Shorten the search, or choose another role or access.'
            : 'People you invite appear here.'}
        </EmptyNotice>
      </Show>
      <Show when={props.pages.hasMore()}>
        <Button class="mt-4 w-full" aria-busy={props.pages.isLoading()} onClick={props.pages.more}>
          {props.pages.isLoading() ? 'Loading …' : 'Show more'}
        </Button>
      </Show>
    </>
  )
}

function MemberLine(
  props: Readonly<{ member: Member; now: Date; isViewer: boolean; onOpen: () => void }>,
): JSX.Element {
  const access = () => accessOf(props.member)
  return (
    <button
      type="button"
      class="-mx-2 grid w-[calc(100%+1rem)] grid-cols-[1fr_auto] items-center gap-x-4 rounded-control px-2 py-2 text-left text-small hover:bg-sunken sm:grid-cols-[1fr_1fr_auto]"
      onClick={props.onOpen}
    >
      <span class="min-w-0">
        <span class="block font-medium [overflow-wrap:anywhere]">
          {props.member.name}
          <Show when={props.isViewer}>
            <span class="font-normal text-quiet"> (you)</span>
          </Show>
        </span>
        <span class="block text-quiet [overflow-wrap:anywhere]">{props.member.email}</span>
      </span>
      <span class="col-start-1 min-w-0 sm:col-start-2">
        <span class="block text-quiet sm:text-ink">
          {roleLabels[props.member.role]}, {props.member.churchName}
        </span>
        <span
          class="flex items-start gap-1"
          classList={{
            'text-quiet': access() === 'active' || access() === 'deactivated',
            'text-accent': access() === 'invited',
            'text-alert': access() === 'uninvited',
          }}
        >
          <Show when={access() === 'invited'}>
            <Icon name="sealed" class="mt-0.5 !size-4" />
          </Show>
          <Show when={access() === 'uninvited'}>
            <Icon name="alert" class="mt-0.5 !size-4" />
          </Show>
          <Show when={access() === 'deactivated'}>
            <Icon name="close" class="mt-0.5 !size-4" />
          </Show>
          {accessLabel(props.member, props.now)}
        </span>
      </span>
      <Icon name="forward" class="col-start-2 row-start-1 text-quiet sm:col-start-3" />
    </button>
  )
}
