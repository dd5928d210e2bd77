import { type Accessor, createSignal } from 'solid-js'

/** Prompts for the password when a change needs it. The dialog follows `isAsked`, and answers. */
export type PasswordPrompt = Readonly<{
  isAsked: Accessor<boolean>
  /** Resolves with whether the password was confirmed. Concurrent calls share one prompt. */
  ask: () => Promise<boolean>
  answer: (isConfirmed: boolean) => void
}>

export function createPasswordPrompt(): PasswordPrompt {
  const [isAsked, setAsked] = createSignal(false)
  let waiting: PromiseWithResolvers<boolean> | null = null
  return {
    isAsked,
    ask: () => {
      waiting ??= Promise.withResolvers<boolean>()
      setAsked(true)
      return waiting.promise
    },
    answer: (isConfirmed) => {
      setAsked(false)
      waiting?.resolve(isConfirmed)
      waiting = null
    },
  }
}
