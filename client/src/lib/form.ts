/** The text of a form's fields by their names. Files, which no form of this client has, are left out. */
export function textsOf(form: HTMLFormElement): Readonly<Record<string, string>> {
  const fields = [...new FormData(form)].filter((field): field is [string, string] => typeof field[1] === 'string')
  return Object.fromEntries(fields)
}

/** Puts the cursor into the field of this name, where the mistake is. */
export function focusField(form: HTMLFormElement, name: string | null): void {
  const field = name === null ? null : form.elements.namedItem(name)
  const isText = field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement
  if (isText || field instanceof HTMLSelectElement) field.focus()
  if (isText) field.select()
}
