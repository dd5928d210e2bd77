/** A value that a list is ordered by, or the ID of the list's parent. */
export type PositionValue = string | number | Date | null

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

const tags = { null: 0, uuid: 1, number: 2, time: 3, text: 4 } as const

/**
 * Writes values as bytes, each after a byte that names its type: a UUID in 16 bytes, a number or time in 8, a text
 * after its length.
 */
export function positionBytes(values: readonly PositionValue[]): Buffer {
  return Buffer.concat(values.map(bytesOf))
}

function bytesOf(value: PositionValue): Buffer {
  if (value === null) return Buffer.of(tags.null)
  if (value instanceof Date) return numberBytes(tags.time, value.getTime())
  if (typeof value === 'number') return numberBytes(tags.number, value)
  if (uuidPattern.test(value)) return Buffer.from(`0${tags.uuid}${value.replaceAll('-', '')}`, 'hex')
  const text = Buffer.from(value, 'utf8')
  const head = Buffer.of(tags.text, 0, 0)
  head.writeUInt16BE(text.length, 1)
  return Buffer.concat([head, text])
}

function numberBytes(tag: number, value: number): Buffer {
  const bytes = Buffer.alloc(9, tag)
  bytes.writeDoubleBE(value, 1)
  return bytes
}

/** Reads what `positionBytes` has written. The bytes must be authentic. */
export function positionValues(bytes: Buffer): readonly PositionValue[] {
  const values: PositionValue[] = []
  for (let at = 0; at < bytes.length; ) {
    const [value, length] = valueAt(bytes, at)
    values.push(value)
    at += length
  }
  return values
}

/** The value at an offset, and the number of bytes it takes. */
function valueAt(bytes: Buffer, at: number): readonly [PositionValue, number] {
  switch (bytes[at]) {
    case tags.uuid:
      return [uuidOf(bytes.toString('hex', at + 1, at + 17)), 17]
    case tags.number:
      return [bytes.readDoubleBE(at + 1), 9]
    case tags.time:
      return [new Date(bytes.readDoubleBE(at + 1)), 9]
    case tags.text: {
      const length = bytes.readUInt16BE(at + 1)
      return [bytes.toString('utf8', at + 3, at + 3 + length), 3 + length]
    }
    default:
      return [null, 1]
  }
}

function uuidOf(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
