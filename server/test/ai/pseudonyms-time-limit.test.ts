import { expect, test } from 'vitest'
import { pseudonymize } from '../../src/platform/pii/pseudonyms.ts'

const known = {
  people: [{ name: 'Anna Maria van der Meulen' }, { name: 'Petr Dvořák' }],
  contacts: ['anna.meulen@example.org', '+1 555 010 4477'],
  thisYear: 2026,
  honorifics: ['pastor'],
}

/** CPU time, which a busy machine doesn't stretch like wall-clock time. */
function millisecondsFor(text: string): number {
  const before = process.cpuUsage()
  pseudonymize([text], known)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

const repeated =
  'a |a|1|1 |1 1½|@|a@|@a|[(|((|[PERSON_1|.|a.|A.|A-|-|AA11|AA11 |id |plate |anna |anna-|Anna |a dot |a at |a . |555-|#anna|&#|http://|www.|Dr. |Dr Anna de |born |my son, |1/|1,000 |王|one |J. |12 Elm |Rua das A |12 rue A-|live at 1|\t|\n'

// A pattern that backtracks over its text takes minutes or years for these, not seconds.
test.each(repeated.split('|'))('twenty thousand characters of %j are processed in bounded time', (pattern) => {
  expect(millisecondsFor(pattern.repeat(Math.ceil(20_000 / pattern.length)))).toBeLessThan(3000)
})

test('a note of ten thousand characters takes about fifty milliseconds', () => {
  const note =
    'I have been thinking about my marriage for weeks and I can not sleep. My husband Peter says that I should pray more. We met on Sunday after church and talked for an hour. '
      .repeat(60)
      .slice(0, 10_000)
  const times = Array.from({ length: 8 }, () => millisecondsFor(note))
  // Twice the target, to allow for other load on the machine.
  expect(Math.min(...times), times.join(' ')).toBeLessThan(100)
})
