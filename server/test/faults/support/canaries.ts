import { randomBytes, randomInt } from 'node:crypto'

/**
 * A planted value, the columns where it may appear in plaintext (`table.column`), and every form that is searched for.
 */
export type Canary = Readonly<{ name: string; allowed: readonly string[]; needles: readonly Needle[] }>

type Needle = Readonly<{ form: string; text: string }>

export type Find = Readonly<{ canary: string; form: string; place: string; around: string }>

/** A word in no language and no program: letters only, so that URLs and JSON leave it unchanged. */
export function randomWord(): string {
  return Array.from({ length: 14 }, () => 'bcdfghjklmnpqrstvwxz'[randomInt(20)]).join('')
}

/** A number that nobody has. */
export function randomNumber(): string {
  return `4955${randomBytes(6).readUIntBE(0, 6).toString().padStart(11, '7').slice(0, 11)}`
}

export function canaryOf(name: string, word: string, allowed: readonly string[] = []): Canary {
  return { name, allowed, needles: formsOf(word) }
}

/**
 * The encodings of a text: unchanged, in capitals, in hex, percent-encoded, with JSON's or SQL's escapes, as UTF-16,
 * and in base64, which encodes a word in three ways, depending on its offset.
 */
function formsOf(word: string): Needle[] {
  const bytes = Buffer.from(word)
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0'))
  const forms = [
    ['plain', word],
    ['capitals', word.toUpperCase()],
    ['hex', hex.join('')],
    ['hex capitals', hex.join('').toUpperCase()],
    ['URL', hex.map((pair) => `%${pair}`).join('')],
    ['URL capitals', hex.map((pair) => `%${pair.toUpperCase()}`).join('')],
    ['JSON', hex.map((pair) => `\\u00${pair}`).join('')],
    ['UTF-16', Buffer.from(word, 'utf16le').toString('latin1')],
    ...[0, 1, 2].flatMap((offset) => {
      const text = base64At(bytes, offset)
      return [
        [`base64 at ${offset}`, text],
        [`base64url at ${offset}`, text.replaceAll('+', '-').replaceAll('/', '_')],
      ] as const
    }),
  ] as const
  const seen = new Set<string>()
  return forms.flatMap(([form, text]) => {
    if (seen.has(text)) return []
    seen.add(text)
    return [{ form, text }]
  })
}

/** The characters of a word's base64 that don't depend on the surrounding bytes, `offset` bytes into a group. */
function base64At(bytes: Buffer, offset: number): string {
  const whole = Buffer.concat([Buffer.alloc(offset), bytes])
    .toString('base64')
    .replaceAll('=', '')
  const first = Math.ceil((offset * 8) / 6)
  const last = Math.floor(((offset + bytes.length) * 8) / 6)
  return whole.slice(first, last)
}

/** Every canary in a text, with its context. `place` is the source of the text. */
export function findIn(text: string | Buffer, place: string, canaries: readonly Canary[]): Find[] {
  // Latin-1 maps every byte to a character, so that texts and files are searched alike.
  const hay = typeof text === 'string' ? Buffer.from(text) : text
  return canaries.flatMap(({ name, needles }) =>
    needles.flatMap(({ form, text: needle }) => {
      const at = hay.indexOf(Buffer.from(needle, 'latin1'))
      if (at === -1) return []
      const around = hay.subarray(Math.max(0, at - 60), at + needle.length + 30).toString('latin1')
      return [{ canary: name, form, place, around: around.replaceAll(/[^ -~]+/g, '·') }]
    }),
  )
}
