/** Truncates a text to a column's width in code points, as PostgreSQL counts. */
export function clip(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text
  return [...text].slice(0, maxLength).join('').trimEnd()
}
