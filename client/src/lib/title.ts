import { onCleanup } from 'solid-js'

const program = 'ChurchHub'

/** Sets the page title for the tab and the history. Use constants only: names must not enter the browser's history. */
export function setTitle(page: string): void {
  const before = document.title
  document.title = `${page} – ${program}`
  onCleanup(() => {
    document.title = before
  })
}
