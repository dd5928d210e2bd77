import { expect, it } from 'vitest'
import { eventSource, readerOf } from './event-source.ts'

it('delivers an event in the same turn, without a promise', () => {
  const taken: unknown[] = []
  const read = readerOf(
    eventSource<number>(
      ({ take }) => take(1),
      () => undefined,
    ),
  )
  read({ take: (event) => taken.push(event), end: () => taken.push('end'), fail: (error) => taken.push(error) })
  expect(taken).toEqual([1])
})

it('reads any other iterator, to its end or its error', async () => {
  const taken: unknown[] = []
  async function* iterate() {
    yield 1
    throw new Error('broken')
  }
  const read = readerOf(iterate())
  const next = () =>
    new Promise<void>((resolve) => {
      const done = (result: unknown) => {
        taken.push(result)
        resolve()
      }
      read({ take: done, end: () => done('end'), fail: (error) => done(String(error)) })
    })
  await next()
  await next()
  await next()
  expect(taken).toEqual([1, 'Error: broken', 'end'])
})
