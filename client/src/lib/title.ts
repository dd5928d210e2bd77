import { onCleanup } from 'solid-js'

const program = 'ChurchHub'

/**
 * Names the page in the tab and the history. Only ever a fixed word: a title goes into the browser's history, where
 * nobody's name belongs.
 */
export function setTitle(page: string): void {
  const before = document.title
  document.title = `${page} – ${program}`
  onCleanup(() => {
    document.title = before
  })
}
