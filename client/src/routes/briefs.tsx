import { type JSX, Match, Show, Switch } from 'solid-js'
import { AgreementPanel } from '../features/ai/agreement-panel.tsx'
import { ChurchConfiguration } from '../features/ai/church-configuration.tsx'
import { ConfigurationForm } from '../features/ai/configuration-form.tsx'
import { createConfigurations, shownOf } from '../features/ai/configurations.ts'
import { agreedMessage } from '../features/ai/model.ts'
import { useViewer } from '../features/session/session.ts'
import { adviceFor } from '../lib/problem.ts'
import { setTitle } from '../lib/title.ts'
import { Card } from '../ui/card.tsx'
import { ErrorNotice } from '../ui/notice.tsx'
import { Skeleton } from '../ui/skeleton.tsx'

/** How summaries are written: by rules, or by a language model, for the church and for the viewer. */
export function Briefs(): JSX.Element {
  setTitle('Summaries')
  const viewer = useViewer()
  const isAdmin = () => viewer().role === 'ADMIN'
  const assistants = createConfigurations()
  const ready = () => {
    const state = assistants.state()
    return state.name === 'ready' ? state.data : null
  }
  const failed = () => {
    const state = assistants.state()
    return state.name === 'failed' ? state.problem : null
  }
  const ofChurch = () => shownOf(ready()?.aiConfigurations.nodes ?? [], ({ owner }) => owner === null)
  const own = () => shownOf(ready()?.aiConfigurations.nodes ?? [], ({ owner }) => owner?.id === viewer().id)
  return (
    <div class="mx-auto grid max-w-3xl gap-4">
      <div class="px-1 pt-2">
        <h1 class="font-semibold text-title">Summaries</h1>
        <p class="text-quiet text-small">
          By default, summaries are written by rules on this server. A language model can write them once the pastor
          agrees. If it fails, the rules take over.
        </p>
      </div>
      <Switch>
        <Match when={ready()}>
          {(data) => {
            const shared = {
              get template() {
                return data().defaultPromptTemplate
              },
              get variables() {
                return data().promptVariables
              },
              assistants,
            }
            return (
              <>
                <Card title="For the church">
                  <Show
                    when={isAdmin()}
                    fallback={<ChurchConfiguration assistant={ofChurch()} assistants={assistants} />}
                  >
                    <p class="mb-4 text-quiet text-small">
                      This is only an offer: none of a pastor’s bookings are sent until that pastor agrees.{' '}
                      <Show when={ofChurch()?.agreedPastorCount != null}>
                        {agreedMessage(ofChurch()?.agreedPastorCount ?? 0)}
                      </Show>
                    </p>
                    <ConfigurationForm {...shared} assistant={ofChurch()} isForChurch={true} />
                  </Show>
                </Card>
                <Show when={!isAdmin()}>
                  <Card title="For your own bookings">
                    <p class="mb-4 text-quiet text-small">
                      {own() === null
                        ? 'You don’t have your own configuration yet. These defaults apply once you save.'
                        : 'Your configuration takes precedence over the church’s.'}
                    </p>
                    <ConfigurationForm {...shared} assistant={own()} isForChurch={false} />
                    <Show when={own()}>
                      {(assistant) => (
                        <div class="mt-6 border-edge border-t pt-5">
                          <AgreementPanel assistant={assistant()} assistants={assistants} />
                        </div>
                      )}
                    </Show>
                  </Card>
                </Show>
              </>
            )
          }}
        </Match>
        <Match when={failed()}>
          {(problem) => (
            <ErrorNotice
              title="The configurations couldn’t be loaded"
              advice={adviceFor(problem())}
              onRetry={() => void assistants.load()}
            />
          )}
        </Match>
        <Match when={assistants.state().name === 'loading'}>
          <section aria-label="Summaries" class="rounded-card bg-surface p-4 sm:p-5">
            <Skeleton lines={6} label="Loading configurations" />
          </section>
        </Match>
      </Switch>
    </div>
  )
}
