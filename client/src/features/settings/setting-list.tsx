import { For, type JSX, Show } from 'solid-js'
import { adviceFor } from '../../lib/problem.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Icon } from '../../ui/icon.tsx'
import { ErrorNotice } from '../../ui/notice.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { areasOf, changedText, type Setting, titleOf, valueText } from './model.ts'
import type { Settings } from './settings.ts'

/** All settings by group: purpose, current value, and who set it. */
export function SettingList(
  props: Readonly<{ settings: Settings; now: Date; onOpen: (setting: Setting) => void }>,
): JSX.Element {
  return (
    <>
      <For each={areasOf(props.settings.rows())}>
        {(area) => (
          <Card title={area.title}>
            <ul class="grid gap-5">
              <For each={area.settings}>
                {(setting) => <SettingLine setting={setting} now={props.now} onOpen={() => props.onOpen(setting)} />}
              </For>
            </ul>
          </Card>
        )}
      </For>
      <Show when={props.settings.isLoading() && props.settings.rows().length === 0}>
        <section aria-label="Settings" class="rounded-card bg-surface p-4 sm:p-5">
          <Skeleton lines={6} label="Loading settings" />
        </section>
      </Show>
      <Show when={props.settings.problem()}>
        {(problem) => (
          <ErrorNotice
            title="Settings couldn’t be loaded"
            advice={adviceFor(problem())}
            onRetry={() => void props.settings.refresh()}
          />
        )}
      </Show>
    </>
  )
}

function SettingLine(props: Readonly<{ setting: Setting; now: Date; onOpen: () => void }>): JSX.Element {
  return (
    <li class="grid grid-cols-[1fr_auto] items-start gap-x-4 text-small">
      <div class="min-w-0">
        <h3 class="font-medium">{titleOf(props.setting)}</h3>
        <p class="flex items-start gap-1 text-body">
          <Show when={props.setting.isEncrypted && props.setting.isSet}>
            <Icon name="high" class="mt-0.5 text-quiet" />
          </Show>
          {valueText(props.setting)}
        </p>
        <p class="mt-1 text-quiet">{props.setting.meaning}</p>
        <Show when={changedText(props.setting, props.now)}>
          {(text) => (
            <p class="text-quiet">
              {text()}
              <Show when={props.setting.description}>{(why) => <>: {why()}</>}</Show>
            </p>
          )}
        </Show>
      </div>
      <Button onClick={props.onOpen}>
        {props.setting.isSet ? 'Change' : 'Set'}
        <span class="sr-only"> {titleOf(props.setting)}</span>
      </Button>
    </li>
  )
}
