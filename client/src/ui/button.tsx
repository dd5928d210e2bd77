import { type JSX, splitProps } from 'solid-js'

const looks = {
  primary: 'bg-accent text-on-accent hover:opacity-90',
  secondary: 'bg-sunken text-ink hover:bg-line',
  /** For a button on sunken or tinted ground. */
  raised: 'bg-surface text-ink hover:bg-line',
  quiet: 'text-accent hover:bg-accent-soft',
  /** For what takes something away from somebody. */
  danger: 'bg-alert-soft text-alert hover:opacity-90',
} as const

/** The class of a button's look, also for links and Kobalte triggers that must look like one. At least 44 px to touch. */
export function buttonLook(look: keyof typeof looks = 'secondary'): string {
  return `inline-flex min-h-11 items-center justify-center gap-2 whitespace-nowrap rounded-control px-4 text-small font-medium disabled:opacity-60 ${looks[look]}`
}

/** A button that never submits a form unless told to. */
export function Button(
  props: JSX.ButtonHTMLAttributes<HTMLButtonElement> & Readonly<{ look?: keyof typeof looks }>,
): JSX.Element {
  const [own, rest] = splitProps(props, ['look', 'class'])
  return <button type="button" {...rest} class={`${buttonLook(own.look)} ${own.class ?? ''}`} />
}
