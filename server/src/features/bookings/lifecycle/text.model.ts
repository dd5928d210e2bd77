/** Cuts to a column's width, counted as PostgreSQL does: in code points. */
export function clip(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text
  return [...text].slice(0, maxLength).join('').trimEnd()
}
