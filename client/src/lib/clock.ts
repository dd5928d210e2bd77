import { type Accessor, createSignal, onCleanup } from 'solid-js'

/** The time, renewed every `everySeconds` and at once when the page comes back to the front (a phone stops timers). */
export function createNow(everySeconds = 10): Accessor<Date> {
  const [now, setNow] = createSignal(new Date())
  const renew = () => setNow(new Date())
  const timer = setInterval(renew, everySeconds * 1000)
  onCleanup(() => clearInterval(timer))
  document.addEventListener('visibilitychange', renew)
  onCleanup(() => document.removeEventListener('visibilitychange', renew))
  return now
}
