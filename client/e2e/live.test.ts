import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumPath, openBrowser, signIn, skipReason } from './browser.ts'
import { bookingIn, created } from './cal.ts'
import { type Church, type Person, startChurch } from './church.ts'

describe.skipIf(chromiumPath === null)(`a dashboard that stays open${skipReason}`, () => {
  let church: Church
  let browser: { context: BrowserContext; close: () => Promise<void> }
  let page: Page
  let pastor: Person
  beforeAll(async () => {
    ;[church, browser] = await Promise.all([startChurch(), openBrowser()])
    pastor = await church.addPerson('pastor', 'Ruth Adler', 11)
    page = await browser.context.newPage()
    await signIn(page, church.url, pastor)
    // Lost on a reload: the page must not be reloaded.
    await page.evaluate(() => Object.assign(window, { isTheSamePage: true }))
  })
  afterAll(async () => {
    await browser?.close()
    await church?.close()
  })

  const book = (name: string, minutes: number) =>
    church.deliver(
      created(
        bookingIn(minutes, pastor, {
          people: [{ firstName: name, lastName: 'Tester', email: `${name}@people.example`, timeZone: 'Europe/Berlin' }],
        }),
      ),
    )
  const newBookings = async () => {
    const feed = page.getByRole('region', { name: 'Recent changes' })
    const lines = await feed.getByRole('listitem').allInnerTexts()
    return lines.filter((line) => line.startsWith('New booking')).map((line) => /\b(\w+) Tester/.exec(line)?.[1])
  }

  test.each(['SIGTERM', 'SIGKILL'] as const)(
    'survives a server ended by %s: it shows offline, reconnects, and misses nothing',
    async (signal) => {
      await book(`Before${signal}`, 60)
      await page.getByText(`Before${signal} Tester`).first().waitFor()
      await church.stop(signal)
      await page.getByText(/^Offline since \d{1,2}:\d\d$/).waitFor()
      await church.start()
      // Booked as soon as the server is back, possibly before the page is: the page must catch up.
      await book(`Away${signal}`, 120)
      await book(`Gone${signal}`, 180)
      await page.getByText('Live', { exact: true }).waitFor({ timeout: 45_000 })
      await page.getByText(`Gone${signal} Tester`).first().waitFor()
      const names = (await newBookings()).filter((name) => name?.endsWith(signal))
      expect(names.toSorted()).toEqual([`Away${signal}`, `Before${signal}`, `Gone${signal}`])
      expect(await page.evaluate(() => 'isTheSamePage' in window)).toBe(true)
    },
    120_000,
  )

  test('reconnects at once when the network returns', async () => {
    await browser.context.setOffline(true)
    await page.getByText(/^Offline since/).waitFor()
    await book('Offline', 240)
    await browser.context.setOffline(false)
    await page.getByText('Offline Tester').first().waitFor()
    await page.getByText('Live', { exact: true }).waitFor()
    expect((await newBookings()).filter((name) => name === 'Offline')).toHaveLength(1)
  })

  // Fails now and then if a subscription that shares the connection of the one before it waits for a new connection.
  test.each([1, 2, 3, 4, 5])('reloads when its cursor precedes the log, time %i', async (time) => {
    await browser.context.setOffline(true)
    await page.getByText(/^Offline since/).waitFor()
    await book(`Purged${time}`, 300 + time)
    await church.sql('DELETE FROM booking_changes')
    await browser.context.setOffline(false)
    await page.getByText(`Purged${time} Tester`).first().waitFor()
    await page.getByText('Live', { exact: true }).waitFor()
    await book(`Afterwards${time}`, 330 + time)
    await page.getByText(`Afterwards${time} Tester`).first().waitFor()
    expect(await page.evaluate(() => 'isTheSamePage' in window)).toBe(true)
  })

  test('ends with the session: sign-in page, a reason, and no further requests', async () => {
    let sockets = 0
    page.on('websocket', () => {
      sockets += 1
    })
    await church.sql('DELETE FROM sessions')
    await browser.context.setOffline(true)
    await browser.context.setOffline(false)
    await page.getByText('You were signed out.').waitFor()
    const attemptsAfterEnd = sockets
    await page.waitForTimeout(3000)
    expect(sockets).toBe(attemptsAfterEnd)
    expect(await page.locator('body').innerText()).not.toContain('Tester')
  })
})
