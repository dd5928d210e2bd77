/** A text in small letters without marks, and for each of its units the place in the text it came from. */
export type Folded = Readonly<{ text: string; positions: readonly number[] }>

// Letters that Unicode does not take apart into a letter and a mark.
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

// Marks that change how a letter is said; in the scripts of India and further east they are its vowels.
const marks = /[\p{M}&&[\p{Script=Inherited}\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Cyrillic}]]/gv

/** Folds case and marks, so that "Zoë", "ZOË" and "Zoe" are one name. `positions` has one entry more than the text. */
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
