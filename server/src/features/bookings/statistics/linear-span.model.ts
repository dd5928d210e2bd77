/** The coefficient of each unknown in a known sum. */
type Vector = ReadonlyMap<string, number>

// Products of two residues stay below 2^53. A determinant divisible by this prime makes a vector look dependent, which errs
// on the side of publishing less.
const prime = 94_906_249

/** The linear span of the added vectors, by Gaussian elimination over a prime field. */
export function createSpan() {
  const rows: { pivot: string; row: ReadonlyMap<string, number> }[] = []
  const reduce = (vector: Vector): Map<string, number> => {
    const remainder = new Map([...vector].map(([name, value]) => [name, residue(value)]))
    for (const { pivot, row } of rows) {
      const factor = remainder.get(pivot) ?? 0
      if (factor === 0) continue
      for (const [name, value] of row)
        remainder.set(name, residue((remainder.get(name) ?? 0) - ((factor * value) % prime)))
    }
    return new Map([...remainder].filter(([, value]) => value !== 0))
  }
  return {
    add(vector: Vector): void {
      const remainder = reduce(vector)
      const [first] = remainder
      if (first === undefined) return
      const [pivot, value] = first
      const scale = inverse(value)
      rows.push({ pivot, row: new Map([...remainder].map(([name, each]) => [name, (each * scale) % prime])) })
    },
    /** Whether the vector is a linear combination of those added. */
    has: (vector: Vector): boolean => reduce(vector).size === 0,
  }
}

function residue(value: number): number {
  return ((value % prime) + prime) % prime
}

/** The modular inverse, by Fermat's little theorem. */
function inverse(value: number): number {
  let [result, factor, exponent] = [1, value, prime - 2]
  for (; exponent > 0; exponent = Math.floor(exponent / 2)) {
    if (exponent % 2 === 1) result = (result * factor) % prime
    factor = (factor * factor) % prime
  }
  return result
}
