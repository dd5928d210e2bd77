import { createMemo, createSignal, type JSX } from 'solid-js'
import { AuditExport } from '../features/audit/audit-export.tsx'
import { AuditFilters } from '../features/audit/audit-filters.tsx'
import { AuditList } from '../features/audit/audit-list.tsx'
import { createAuditPages } from '../features/audit/audit-pages.ts'
import { filterOf, noFilter } from '../features/audit/choice.ts'
import { bookingPath } from '../features/bookings/model.ts'
import { useViewer } from '../features/session/session.ts'
import { setTitle } from '../lib/title.ts'
import { EmptyNotice } from '../ui/notice.tsx'

/** Who did what, and when: a pastor's own bookings and account, or everything for an admin. Never any content. */
export function AuditLog(): JSX.Element {
  setTitle('Audit log')
  const viewer = useViewer()
  const [choice, setChoice] = createSignal(noFilter)
  const filter = createMemo(() => filterOf(choice(), new Date()))
  const pages = createAuditPages(filter, 30)
  return (
    <div class="mx-auto grid max-w-3xl gap-4">
      <div class="px-1 pt-2">
        <h1 class="font-semibold text-title">Audit log</h1>
        <p class="text-quiet text-small">
          {viewer().role === 'ADMIN'
            ? 'Everything that was opened, changed or refused in this church. The log can’t be edited and contains no content.'
            : 'Who opened your data, and when. The log can’t be edited and contains no content.'}
        </p>
      </div>
      <AuditFilters choice={choice()} onChange={setChoice} />
      <AuditExport filter={filter()} />
      <section aria-label="Entries" class="rounded-card bg-surface p-4 sm:p-5">
        <AuditList
          pages={pages}
          bookingPath={bookingPath}
          onPerson={(person) => setChoice((now) => ({ ...now, person }))}
          empty={
            <EmptyNotice title="No entries">
              {choice() === noFilter
                ? 'An entry appears here for every sign-in, every booking and each time encrypted content is opened.'
                : 'No entries match these filters. Choose a longer period or another kind.'}
            </EmptyNotice>
          }
        />
      </section>
    </div>
  )
}
