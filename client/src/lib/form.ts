/** The text values of a form by field name. Files, which no form has, are ignored. */
export function textsOf(form: HTMLFormElement): Readonly<Record<string, string>> {
  const fields = [...new FormData(form)].filter((field): field is [string, string] => typeof field[1] === 'string')
  return Object.fromEntries(fields)
}

/** Focuses the field with this name. */
export function focusField(form: HTMLFormElement, name: string | null): void {
  const field = name === null ? null : form.elements.namedItem(name)
  const isText = field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement
  if (isText || field instanceof HTMLSelectElement) field.focus()
  if (isText) field.select()
}
