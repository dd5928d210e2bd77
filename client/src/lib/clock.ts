import { type Accessor, createSignal, onCleanup } from 'solid-js'

/** The current time, updated every `everySeconds` and when the page becomes visible again (phones suspend timers). */
export function createNow(everySeconds = 10): Accessor<Date> {
  const [now, setNow] = createSignal(new Date())
  const renew = () => setNow(new Date())
  const timer = setInterval(renew, everySeconds * 1000)
  onCleanup(() => clearInterval(timer))
  document.addEventListener('visibilitychange', renew)
  onCleanup(() => document.removeEventListener('visibilitychange', renew))
  return now
}
