import type { JSX } from 'solid-js'
import { PageFrame } from './page-frame.tsx'

/** A page for visitors who aren't signed in: one column, one task. */
export function PublicPage(
  props: Readonly<{ title: string; subtitle?: JSX.Element; children: JSX.Element }>,
): JSX.Element {
  return (
    <main class="mx-auto grid min-h-dvh max-w-sm content-center gap-6 p-6">
      <div>
        <p class="mb-4 font-semibold text-quiet text-small">ChurchHub</p>
        <h1 class="font-semibold text-title">{props.title}</h1>
        <p class="mt-1 text-quiet empty:hidden">{props.subtitle}</p>
      </div>
      <PageFrame>{props.children}</PageFrame>
    </main>
  )
}
