import { type JSX, splitProps } from 'solid-js'

const looks = {
  primary: 'bg-accent text-on-accent hover:opacity-90',
  secondary: 'bg-sunken text-ink hover:bg-line',
  /** For a button on a sunken or tinted surface. */
  raised: 'bg-surface text-ink hover:bg-line',
  quiet: 'text-accent hover:bg-accent-soft',
  /** For destructive actions. */
  danger: 'bg-alert-soft text-alert hover:opacity-90',
} as const

/** The CSS class of a button, also for links and Kobalte triggers styled as one. At least 44 px to touch. */
export function buttonLook(look: keyof typeof looks = 'secondary'): string {
  return `inline-flex min-h-11 items-center justify-center gap-2 whitespace-nowrap rounded-control px-4 text-small font-medium disabled:opacity-60 ${looks[look]}`
}

/** A button that doesn't submit forms by default. */
export function Button(
  props: JSX.ButtonHTMLAttributes<HTMLButtonElement> & Readonly<{ look?: keyof typeof looks }>,
): JSX.Element {
  const [own, rest] = splitProps(props, ['look', 'class'])
  return <button type="button" {...rest} class={`${buttonLook(own.look)} ${own.class ?? ''}`} />
}
