import type { BrowserContext, Page, Route } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeFindings, chromiumPath, openBrowser, signIn, skipReason } from './browser.ts'
import { bookingIn, created } from './cal.ts'
import { type Church, type Person, startChurch } from './church.ts'

const isAboutEventTypes = (route: Route) => route.request().postData()?.includes('query EventTypes') ?? false

describe.skipIf(chromiumPath === null)(`event types${skipReason}`, () => {
  let church: Church
  let browser: { context: BrowserContext; close: () => Promise<void> }
  let page: Page
  let pastor: Person
  const pictures = process.env.PICTURES
  beforeAll(async () => {
    ;[church, browser] = await Promise.all([startChurch(), openBrowser()])
    pastor = await church.addPerson('pastor', 'Ruth Adler', 11)
    page = await browser.context.newPage()
    page.setDefaultTimeout(60_000)
    await signIn(page, church.url, pastor)
  })
  afterAll(async () => {
    await browser?.close()
    await church?.close()
  })

  const card = () => page.getByRole('region', { name: 'Event types' })
  const looks = async (name: string) => {
    for (const [size, width, height] of [
      ['phone', 390, 844],
      ['desktop', 1280, 800],
    ] as const) {
      await page.setViewportSize({ width, height })
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        expect(await axeFindings(page)).toEqual([])
        await card().scrollIntoViewIfNeeded()
        if (pictures) await page.screenshot({ path: `${pictures}/event-types-${name}-${size}-${colorScheme}.png` })
      }
    }
  }

  test('say what will appear here', async () => {
    await page.goto(`${church.url}/account`)
    await card().getByText('No event types yet').waitFor()
    await looks('empty')
  })

  test('say that they can’t be loaded, and load on retry', async () => {
    await page.route('**/graphql', (route) => (isAboutEventTypes(route) ? route.abort() : route.fallback()))
    await page.reload()
    await card().getByText('Your event types couldn’t be loaded').waitFor()
    await page.unroute('**/graphql')
    await card().getByRole('button', { name: 'Try again' }).click()
    await card().getByText('No event types yet').waitFor()
  })

  test('are renamed in place, with the keyboard alone', async () => {
    await church.deliver(created(bookingIn(30, pastor)))
    await expect
      .poll(
        async () => {
          await page.reload()
          await card().waitFor()
          await page.getByText('Loading your event types').waitFor({ state: 'detached' })
          return card().getByText('Pastoral talk', { exact: true }).count()
        },
        { timeout: 50_000, interval: 1_000 },
      )
      .toBeGreaterThan(0)
    const rename = card().getByRole('button', { name: 'Rename Pastoral talk' })
    await rename.focus()
    await page.keyboard.press('Enter')
    const name = card().getByLabel('Name that others see')
    await expect.poll(() => name.evaluate((field) => field === document.activeElement)).toBe(true)
    await looks('rename')
    await page.keyboard.press('Escape')
    await expect.poll(() => rename.evaluate((button) => button === document.activeElement)).toBe(true)

    await page.keyboard.press('Enter')
    await name.fill('   ')
    await page.keyboard.press('Enter')
    await card().getByText('Must not be empty').waitFor()
    await name.fill('A conversation')
    await page.keyboard.press('Enter')
    await card().getByText('Saved. Its bookings show the new name within a minute.').waitFor()
    await card().getByText('Named by you').waitFor()
    const renamed = card().getByRole('button', { name: 'Rename A conversation' })
    await expect.poll(() => renamed.evaluate((button) => button === document.activeElement)).toBe(true)
    await looks('renamed')
    await page.reload()
    await card().getByText('A conversation', { exact: true }).first().waitFor()
  }, 180_000)
})
