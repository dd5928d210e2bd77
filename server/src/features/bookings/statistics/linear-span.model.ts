/** How often each unknown is counted in a known sum. */
type Vector = ReadonlyMap<string, number>

// Products of two residues stay below 2^53. A determinant that this prime divides makes a vector look dependent, which errs on
// the side of telling less.
const prime = 94_906_249

/** The vectors that follow from those added, by Gaussian elimination over a prime field. */
export function createSpan() {
  const rows: { pivot: string; row: ReadonlyMap<string, number> }[] = []
  const reduce = (vector: Vector): Map<string, number> => {
    const left = new Map([...vector].map(([name, value]) => [name, residue(value)]))
    for (const { pivot, row } of rows) {
      const factor = left.get(pivot) ?? 0
      if (factor === 0) continue
      for (const [name, value] of row) left.set(name, residue((left.get(name) ?? 0) - ((factor * value) % prime)))
    }
    return new Map([...left].filter(([, value]) => value !== 0))
  }
  return {
    add(vector: Vector): void {
      const left = reduce(vector)
      const [first] = left
      if (first === undefined) return
      const [pivot, value] = first
      const scale = inverse(value)
      rows.push({ pivot, row: new Map([...left].map(([name, each]) => [name, (each * scale) % prime])) })
    },
    /** Whether the vector is a linear combination of those added. */
    has: (vector: Vector): boolean => reduce(vector).size === 0,
  }
}

function residue(value: number): number {
  return ((value % prime) + prime) % prime
}

/** By Fermat's little theorem. */
function inverse(value: number): number {
  let [result, factor, exponent] = [1, value, prime - 2]
  for (; exponent > 0; exponent = Math.floor(exponent / 2)) {
    if (exponent % 2 === 1) result = (result * factor) % prime
    factor = (factor * factor) % prime
  }
  return result
}
