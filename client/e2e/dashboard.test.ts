import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { axeFindings, chromiumPath, openBrowser, signIn, skipReason } from './browser.ts'
import { bookingIn, cancelled, created, note, rescheduled } from './cal.ts'
import { type Church, type Person, startChurch } from './church.ts'

const jonas = {
  firstName: 'Jonas',
  lastName: 'Petersen',
  email: 'jonas@people.example',
  timeZone: 'Europe/Berlin',
}

/** Everything the browser would still store of the page after closing it, as one text. */
const traces = () =>
  JSON.stringify([
    { ...localStorage },
    { ...sessionStorage },
    document.cookie,
    document.title,
    location.href,
    history.state,
    performance.getEntries().map((entry) => entry.name),
    document.documentElement.outerHTML,
  ])

describe.skipIf(chromiumPath === null)(`a pastor's dashboard${skipReason}`, () => {
  let church: Church
  let browser: { context: BrowserContext; close: () => Promise<void> }
  let page: Page
  let pastor: Person
  const consoleLines: string[] = []
  beforeAll(async () => {
    ;[church, browser] = await Promise.all([startChurch(), openBrowser()])
    pastor = await church.addPerson('pastor', 'Ruth Adler', 11)
    page = await browser.context.newPage()
    page.on('console', (message) => void consoleLines.push(message.text()))
    page.on('pageerror', (error) => void consoleLines.push(error.message))
    await signIn(page, church.url, pastor)
  })
  afterAll(async () => {
    await browser?.close()
    await church?.close()
  })

  const nextCard = () => page.getByRole('region', { name: /^(Next|Now)$/ })
  beforeEach(() => page.setViewportSize({ width: 1280, height: 800 }))
  const openNext = async () => {
    await page.goto(church.url)
    await nextCard().getByText('Open booking').click()
    await page.getByRole('button', { name: 'Open summary' }).waitFor()
  }
  const tomorrow = () => bookingIn(26 * 60, pastor, { people: [jonas] })

  test('shows a new booking live: who, when, where, how sensitive, and soon a summary', async () => {
    await church.deliver(created(bookingIn(25, pastor)))
    const card = nextCard()
    await card.getByText('Miriam Halloway').waitFor()
    await card.getByText(/^in 2[456] min$/).waitFor()
    await card.getByText('Vestry').waitFor()
    await card.getByText('Medium').waitFor()
    await card.getByText('in New York').waitFor()
    await card.getByText('Summary ready').waitFor()
    await page
      .locator('[aria-live=polite]', { hasText: /New booking: Miriam Halloway|bookings changed/ })
      .waitFor({ state: 'attached' })
    await page.getByRole('region', { name: 'Recent changes' }).getByText('New booking').waitFor()
  })

  test('marks a change with text, and removes the mark later', async () => {
    const now = bookingIn(0, pastor, { people: [jonas] })
    await church.deliver(created(now))
    const today = page.getByRole('region', { name: 'Today' })
    const line = today.getByRole('listitem').filter({ hasText: 'Jonas Petersen' })
    await line.getByText('Just changed').waitFor()
    await church.deliver(cancelled(now))
    await line.getByText('Cancelled').waitFor()
    await page.getByRole('region', { name: 'Recent changes' }).getByText('Cancelled').waitFor()
    await line.getByText('Just changed').waitFor({ state: 'detached' })
  })

  test.each([
    ['phone', 360, 740, 'light'],
    ['phone', 360, 740, 'dark'],
    ['desk', 1280, 800, 'light'],
    ['desk', 1280, 800, 'dark'],
  ] as const)('fits a %s of %i × %i, and axe finds nothing in %s', async (_, width, height, colorScheme) => {
    await page.setViewportSize({ width, height })
    await page.emulateMedia({ colorScheme })
    await page.goto(church.url)
    await page.getByText('Live', { exact: true }).waitFor()
    await page.locator('.fc').waitFor()
    await page.locator('.fc-event svg').first().waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
    expect(await axeFindings(page)).toEqual([])
    const visibleBox = await nextCard().getByText('Open booking').boundingBox()
    expect(visibleBox && visibleBox.y + visibleBox.height).toBeLessThan(height)
    await openNext()
    await page.getByRole('dialog').getByText('ChurchHub itself').first().waitFor()
    expect(await axeFindings(page)).toEqual([])
    await page.goto(`${church.url}/audit`)
    await page.getByText('Signed in').first().waitFor()
    expect(await axeFindings(page)).toEqual([])
  })

  test('opens a panel from the keyboard, traps the focus, and returns it', async () => {
    await page.goto(church.url)
    const link = nextCard().getByRole('link').first()
    await link.focus()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    for (let presses = 0; presses < 20; presses++) {
      await page.keyboard.press('Tab')
      expect(await page.evaluate(() => document.activeElement?.closest('[role=dialog]') !== null)).toBe(true)
    }
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(new URL(page.url()).pathname).toBe('/')
    expect(await link.evaluate((element) => element === document.activeElement)).toBe(true)
  })

  test('says that opening a summary is logged, and shows the log entry afterwards', async () => {
    await openNext()
    const button = page.getByRole('button', { name: 'Open summary' })
    const described = await button.getAttribute('aria-describedby')
    expect(await page.locator(`[id="${described}"]`).innerText()).toContain('are logged')
    await button.click()
    await page
      .getByText(/Miriam/)
      .nth(1)
      .waitFor()
    await page.getByText('Open content closes automatically after a minute without activity.').waitFor()
    await page.getByRole('dialog').getByText('Opened a summary').waitFor()
    expect(await axeFindings(page)).toEqual([])
  })

  test('clears the text when the panel closes, leaving nothing in the browser', async () => {
    await openNext()
    await page.getByRole('button', { name: 'Open intake' }).click()
    await page.getByText(note).waitFor()
    await page.locator('dd a[href="mailto:miriam@people.example"]').waitFor()
    expect(await page.evaluate(() => location.href + document.title)).not.toContain('father')
    await page.getByRole('button', { name: 'Close booking' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(await page.content()).not.toContain('mailto:')
    expect(await page.evaluate(traces)).not.toContain('father died')
    expect(consoleLines.join()).not.toContain('father died')
    await page.goBack()
    await page.getByRole('button', { name: 'Open intake' }).waitFor()
    expect(await page.evaluate(traces)).not.toContain('father died')
  })

  test('clears the text after a minute of inactivity, and announces it', async () => {
    await page.clock.install()
    await openNext()
    await page.getByRole('button', { name: 'Open intake' }).click()
    await page.getByText(note).waitFor()
    await page.clock.fastForward(45_000)
    await page.getByText(/^Closes in \d+ s\./).waitFor()
    await page.clock.fastForward(20_000)
    await page.getByText(note).waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Open intake' }).waitFor()
    await page.clock.resume()
  })

  test('opens nothing while the audit log is unavailable, says so, and opens again afterwards', async () => {
    await openNext()
    await church.sql('REVOKE INSERT ON audit_logs FROM churchhub')
    await page.getByRole('button', { name: 'Open intake' }).click()
    await page.getByText('Nothing can be opened right now').waitFor()
    expect(await page.evaluate(traces)).not.toContain('father died')
    await church.sql('GRANT INSERT ON audit_logs TO churchhub')
    await page.getByRole('button', { name: 'Open intake' }).click()
    await page.getByText(note).waitFor()
  })

  test('lets the pastor raise the sensitivity, and then shows no names', async () => {
    await openNext()
    await page.getByRole('radiogroup').getByText('High').click()
    await page.getByRole('dialog').getByText('Their names are encrypted with the intake.').waitFor()
    await page.getByRole('button', { name: 'Close booking' }).click()
    await nextCard().getByText('Private', { exact: true }).waitFor()
    await nextCard().getByText('High').waitFor()
  })

  test('follows a booking across its reschedules', async () => {
    await page.goto(church.url)
    await page.getByText('Live', { exact: true }).waitFor()
    const booking = tomorrow()
    await church.deliver(created(booking))
    await church.deliver(rescheduled(booking, 2))
    const feed = page.getByRole('region', { name: 'Recent changes' })
    await feed.getByText('Moved').first().waitFor()
    await feed
      .getByRole('link', { name: /Jonas Petersen/ })
      .first()
      .click()
    const thread = page.getByRole('region', { name: 'Moved' })
    await thread.getByRole('heading', { name: 'Moved once' }).waitFor()
    const other = thread.getByRole('link').filter({ hasNotText: 'this one' })
    await other.click()
    await page
      .getByRole('region', { name: 'Moved' })
      .getByText(/this one/)
      .waitFor()
    expect(await thread.getByRole('link').count()).toBe(2)
  })

  test('lists opened items in the audit log, and filters it', async () => {
    await page.goto(`${church.url}/audit`)
    await page.getByText('Opened an intake').first().waitFor()
    await page.getByLabel('What').selectOption({ label: 'Signing in and out' })
    await page.getByText('Signed in').first().waitFor()
    await page.getByText('Opened an intake').first().waitFor({ state: 'detached' })
    await page.getByLabel('What').selectOption({ label: 'Denied access' })
    await page.getByText('No entries match these filters.').waitFor()
  })

  test('says what to do when the bookings can’t be loaded, and recovers on retry', async () => {
    await page.route('**/graphql', (route) =>
      route.request().postData()?.includes('query BookingCursor') ? route.abort() : route.continue(),
    )
    await page.goto(church.url)
    await page.getByText('The bookings couldn’t be loaded').waitFor()
    await page.getByText('This page retries automatically').waitFor()
    expect(await axeFindings(page)).toEqual([])
    const tryAgain = page.getByRole('button', { name: 'Try again' })
    // Right after a failed attempt the next automatic one is some time off, so it is the button that loads them.
    const failed = page.waitForEvent('requestfailed')
    await tryAgain.click()
    await failed
    await page.unroute('**/graphql')
    await tryAgain.click()
    await nextCard().waitFor()
    await page.getByText('Live', { exact: true }).waitFor()
  })

  test('says that a nonexistent booking was not found', async () => {
    await page.goto(`${church.url}/bookings/Qm9va2luZzpub3RoaW5n`)
    await page.getByText('Booking not found').or(page.getByText('couldn’t be loaded')).first().waitFor()
  })

  test('logs no personal data to the console, and violates no content security policy', () => {
    expect(consoleLines.join('\n')).not.toMatch(/Miriam|father/)
    expect(consoleLines.filter((line) => /Content.Security.Policy|Uncaught/i.test(line))).toEqual([])
  })
})
