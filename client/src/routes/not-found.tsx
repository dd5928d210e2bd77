import { A } from '@solidjs/router'
import type { JSX } from 'solid-js'
import { setTitle } from '../lib/title.ts'
import { buttonLook } from '../ui/button.tsx'

/** An unknown address. */
export function NotFound(): JSX.Element {
  setTitle('Not found')
  return (
    <div class="mx-auto max-w-md pt-12">
      <h1 class="font-semibold text-title">This page doesn’t exist</h1>
      <p class="mt-1 mb-4 text-quiet">The address may be mistyped or outdated.</p>
      <A href="/" class={buttonLook('primary')}>
        Go to the dashboard
      </A>
    </div>
  )
}
