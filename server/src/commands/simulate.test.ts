import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { signatureOf } from '../../test/support/cal.ts'
import { parseDelivery } from '../features/bookings/calcom/cal-payload.model.ts'
import { samplePastors } from './simulate/church.ts'
import { sequenceKinds, webhooksOf } from './simulate/event-sequences.ts'
import { seededRandom } from './simulate/people.ts'
import { planSoon } from './simulate/plan.ts'
import { readSettings, SimulationError, simulate } from './simulate.ts'

const secret = 'a-secret-of-the-test'
const servers: { close(): void }[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

async function receiver(status = 200) {
  const received: { body: string; isSigned: boolean }[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const body = Buffer.concat(chunks).toString()
    received.push({ body, isSigned: request.headers['x-cal-signature-256'] === signatureOf(secret, body) })
    response.writeHead(status, { 'content-type': 'application/json' }).end('{"ok":true,"outcome":"applied"}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  servers.push(server)
  // A listening TCP server has an address with a port.
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, received }
}

const settings = (url: string, ...args: string[]) =>
  readSettings(['--url', url, '--secret', secret, '--pause', '0', ...args], {})

test('every webhook is signed, parseable, and reported in one line without the booker’s name', async () => {
  const { url, received } = await receiver()
  const lines: string[] = []
  await simulate(settings(url, '--count', '12'), (line) => lines.push(line))
  expect(received.length).toBeGreaterThanOrEqual(12)
  expect(received.every(({ isSigned }) => isSigned)).toBe(true)
  expect(received.every(({ body }) => parseDelivery(body).kind === 'event')).toBe(true)
  expect(lines).toHaveLength(received.length)
  expect(lines[0]).toMatch(/^(BOOKING|MEETING)_[A-Z_]+ .* 200 applied$/)
})

test('chaos duplicates, drops and shuffles', async () => {
  const { url, received } = await receiver()
  const lines: string[] = []
  await simulate(settings(url, '--count', '40', '--chaos', '--life', 'rescheduled'), (line) => lines.push(line))
  expect(new Set(received.map(({ body }) => body)).size).toBeLessThan(received.length)
  expect(lines.at(-1)).toMatch(/lost on the way/)
})

test.each(sequenceKinds)('no webhook of the sequence %s lies in the future', (kind) => {
  const now = new Date()
  const { plan } = planSoon(seededRandom(7), { pastor: samplePastors[0] ?? expect.fail(), now, kind })
  for (const webhook of webhooksOf(kind, plan)) {
    const parsed = parseDelivery(JSON.stringify(webhook))
    expect(parsed.createdAt?.getTime()).toBeLessThanOrEqual(now.getTime())
  }
})

describe('prints one clear line', () => {
  test('when the server is unreachable', async () => {
    const { url } = await receiver()
    servers.splice(0)[0]?.close()
    await expect(simulate(settings(url), () => undefined)).rejects.toThrow(
      /ChurchHub doesn't respond at http:\/\/127.0.0.1:\d+\. Start it with npm start/,
    )
  })

  test('when the signature is rejected', async () => {
    const { url } = await receiver(401)
    await expect(simulate(settings(url), () => undefined)).rejects.toThrow(/refuses the signature/)
  })

  test.each([
    [['--life', 'eternal'], /--life is one of created, /],
    [['--count', 'many'], /--count must be a whole number/],
    [['--nonsense'], /nonsense.*See --help/],
  ])('for the flags %j', (args, message) => {
    expect(() => settings('http://localhost:4000', ...args)).toThrow(SimulationError)
    expect(() => settings('http://localhost:4000', ...args)).toThrow(message)
  })
})
