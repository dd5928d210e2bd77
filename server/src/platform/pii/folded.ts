/** A text in lower case without diacritics, and for each of its code units the original position. */
export type Folded = Readonly<{ text: string; positions: readonly number[] }>

// Letters without a Unicode decomposition.
const plain: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
  ħ: 'h',
  ς: 'σ',
}

// Combining marks that change a letter's sound; in Indic and Southeast Asian scripts they are vowels and stay.
const marks = /[\p{M}&&[\p{Script=Inherited}\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Cyrillic}]]/gv

/**
 * Folds case and diacritics, so that "Zoë", "ZOË" and "Zoe" are one name. `positions` has one more entry than the text.
 */
export function fold(text: string): Folded {
  let folded = ''
  const positions: number[] = []
  let at = 0
  for (const character of text) {
    const small = character.toLowerCase().normalize('NFD').replace(marks, '').normalize('NFC')
    const letters = plain[small] ?? small
    folded += letters
    for (let unit = 0; unit < letters.length; unit += 1) positions.push(at)
    at += character.length
  }
  positions.push(at)
  return { text: folded, positions }
}
