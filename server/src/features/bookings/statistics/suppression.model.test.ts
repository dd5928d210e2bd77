import fc from 'fast-check'
import { expect, test } from 'vitest'
import { groupsToSuppress } from './suppression.model.ts'

const smallest = 5

const told = (counts: readonly number[]) => {
  const groups = counts.map((count) => ({ count }))
  const hidden = groupsToSuppress(groups, smallest)
  return groups.filter((group) => !hidden.has(group)).map(({ count }) => count)
}

test.each([
  ['a lone small group takes the next smallest along', [3, 20, 9, 30], [20, 30]],
  ['two that are fewer than five together take a third along', [1, 2, 9, 30], [30]],
  ['two that are five together take nobody along', [2, 3, 5, 30], [5, 30]],
  ['nothing is hidden where no group is small', [5, 6], [5, 6]],
  ['all is hidden where there is nothing to take along', [4], []],
  ['nothing of nothing', [], []],
])('%s', (_name, counts, expected) => {
  expect(told(counts)).toEqual(expected)
})

test('of equal groups, the same one is always suppressed', () => {
  const groups = [
    { count: 9, id: 'a' },
    { count: 3, id: 'b' },
    { count: 9, id: 'c' },
  ]
  expect([...groupsToSuppress(groups, smallest)].map(({ id }) => id)).toEqual(['b', 'a'])
})

test('either nothing, everything, or at least two groups with five bookings are suppressed', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 12 }), (counts) => {
      const shown = told(counts)
      const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)
      const [left, bookings] = [counts.length - shown.length, sum(counts) - sum(shown)]
      expect(shown.every((count) => count >= smallest)).toBe(true)
      expect(left === 0 || shown.length === 0 || (left >= 2 && bookings >= smallest)).toBe(true)
      // And no more than necessary: without the largest suppressed group, the result would not be safe.
      const hidden = counts.toSorted((a, b) => a - b).slice(0, left)
      const largest = hidden.at(-1) ?? 0
      if (largest >= smallest) expect(left - 1 < 2 || bookings - largest < smallest).toBe(true)
    }),
  )
})
