import { For, type JSX } from 'solid-js'

const paths = {
  alert: ['M10 6.5v4.5', 'M10 13.9v.1', 'M10 2.8 18 16.6H2z'],
  arrow: ['M4 10h12', 'M11 5l5 5-5 5'],
  back: ['M12.5 4.5 7 10l5.5 5.5'],
  check: ['M4 10.5 8.2 15 16 5.5'],
  clock: ['M10 17.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15z', 'M10 5.8V10l2.8 2'],
  close: ['M5 5l10 10', 'M15 5 5 15'],
  down: ['M5 7.5 10 12.5 15 7.5'],
  forward: ['M7.5 4.5 13 10l-5.5 5.5'],
  globe: [
    'M10 17.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15z',
    'M2.8 10h14.4',
    'M10 2.6c4.4 4.6 4.4 10.2 0 14.8',
    'M10 2.6c-4.4 4.6-4.4 10.2 0 14.8',
  ],
  high: ['M5 9h10v8H5z', 'M7 9V6a3 3 0 0 1 6 0v3'],
  low: ['M10 16a6 6 0 1 0 0-12 6 6 0 0 0 0 12z'],
  medium: ['M10 16a6 6 0 1 0 0-12 6 6 0 0 0 0 12z', 'M10 4v12', 'M12 4.6v10.8', 'M14 6v8'],
  menu: ['M3.5 6h13', 'M3.5 10h13', 'M3.5 14h13'],
  person: ['M10 10a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4z', 'M3.8 17c.6-3.4 3-5 6.2-5s5.6 1.6 6.2 5'],
  place: [
    'M10 17.5c3.8-3.9 5.5-6.6 5.5-9a5.5 5.5 0 0 0-11 0c0 2.4 1.7 5.1 5.5 9z',
    'M10 10.3a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6z',
  ],
  sealed: ['M3.5 5.5h13v9.5h-13z', 'M3.5 6l6.5 5 6.5-5'],
  summary: ['M5 2.8h7l3.2 3.2v11.2H5z', 'M7.7 9.5h4.8', 'M7.7 12.8h4.8'],
  video: ['M2.5 5.5h10v9h-10z', 'M12.5 9l5-2.8v7.6l-5-2.8'],
} as const

/** The name of an icon. Icons are drawn for this client; each accompanies a text, never replaces it. */
export type IconName = keyof typeof paths

const svgNamespace = 'http://www.w3.org/2000/svg'

/** The icon as a plain element, for places that Solid doesn't render. It is static and needs no cleanup. */
export function iconElement(name: IconName, className: string): SVGElement {
  const svg = document.createElementNS(svgNamespace, 'svg')
  svg.setAttribute('viewBox', '0 0 20 20')
  svg.setAttribute('class', className)
  svg.setAttribute('aria-hidden', 'true')
  for (const path of paths[name]) {
    const element = document.createElementNS(svgNamespace, 'path')
    element.setAttribute('d', path)
    svg.append(element)
  }
  return svg
}

/**
 * A 20 px line icon in the color of the surrounding text. It is hidden from screen readers, which read the text beside
 * it.
 */
export function Icon(props: Readonly<{ name: IconName; class?: string }>): JSX.Element {
  return (
    <svg
      viewBox="0 0 20 20"
      class={`size-5 shrink-0 ${props.class ?? ''}`}
      fill="none"
      stroke="currentColor"
      stroke-width="1.6"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <For each={paths[props.name]}>{(path) => <path d={path} />}</For>
    </svg>
  )
}
