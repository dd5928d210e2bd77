import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Receiver, startReceiver } from '../../server/test/fakes/receiver.ts'
import { axeFindings, chromiumPath, openBrowser, signIn, skipReason } from './browser.ts'
import { bookingIn, created } from './cal.ts'
import { type Church, type Person, startChurch } from './church.ts'

const shots = process.env.SCREENSHOTS

describe.skipIf(chromiumPath === null)(`webhooks${skipReason}`, () => {
  let church: Church
  let browser: { context: BrowserContext; close: () => Promise<void> }
  let page: Page
  let pastor: Person
  let receiver: Receiver
  beforeAll(async () => {
    receiver = await startReceiver()
    ;[church, browser] = await Promise.all([startChurch({ WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8' }), openBrowser()])
    pastor = await church.addPerson('pastor', 'Ruth Adler', 31)
    page = await browser.context.newPage()
    await signIn(page, church.url, pastor)
  })
  afterAll(async () => {
    await browser?.close()
    await church?.close()
    await receiver?.close()
  })

  /** No axe finding in light or dark, nothing wider than a phone. */
  const expectAccessible = async (name: string) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      expect(await axeFindings(page)).toEqual([])
      await screenshot(`${name}-desktop-${colorScheme}`)
      await page.setViewportSize({ width: 360, height: 740 })
      // A drawer scrolls by itself, so the page's width isn't enough.
      const widths = () =>
        [document.documentElement, ...document.querySelectorAll('[role=dialog] > div')].map((each) => each.scrollWidth)
      expect(Math.max(...(await page.evaluate(widths)))).toBeLessThanOrEqual(360)
      await screenshot(`${name}-phone-${colorScheme}`)
      await page.setViewportSize({ width: 1280, height: 800 })
    }
    await page.emulateMedia({ colorScheme: 'light' })
  }
  const screenshot = async (name: string) => {
    if (shots === undefined) return
    mkdirSync(shots, { recursive: true })
    await page.screenshot({ path: join(shots, `${name}.png`) })
  }
  const dialog = () => page.getByRole('dialog')

  test('the empty page explains what a webhook is', async () => {
    await page.goto(`${church.url}/webhooks`)
    await page.getByText('No webhooks yet').waitFor()
    await expectAccessible('empty')
  })

  test('an invalid document is refused with the line, and the preview says so before', async () => {
    await page.getByRole('button', { name: 'New webhook' }).click()
    await dialog().getByLabel('Name').fill('Screen in the foyer')
    await dialog().getByLabel('URL').fill('http://10.0.0.1/')
    await dialog().getByLabel('Document').fill('subscription {\n  bookingChanged { weather }\n}')
    await dialog().getByRole('button', { name: 'Preview' }).click()
    await dialog().getByText('Line 2: Cannot query field').waitFor()
    await expectAccessible('preview-problem')
    await dialog().getByRole('button', { name: 'Create webhook' }).click()
    await dialog().getByText('Must be on the public internet.').waitFor()
    await dialog().getByLabel('URL').fill(receiver.url)
    await dialog().getByRole('button', { name: 'Create webhook' }).click()
    await dialog().getByRole('alert').getByText('Line 2: Cannot query field').waitFor()
  })

  test('the preview shows what would be sent for the latest change', async () => {
    await dialog()
      .getByLabel('Document')
      .fill('subscription { bookingChanged(kinds: [CREATED]) { kind booking { title } } }')
    await dialog().getByRole('button', { name: 'Preview' }).click()
    await dialog().getByText('No booking has changed yet').waitFor()
    await church.deliver(created(bookingIn(2 * 24 * 60, pastor)))
    await expect
      .poll(async () => {
        await dialog().getByRole('button', { name: 'Preview' }).click()
        return dialog()
          .getByLabel('Payload')
          .innerText({ timeout: 2_000 })
          .catch(() => '')
      })
      .toContain('"type": "booking.created"')
    await expectAccessible('preview')
  })

  test('a new endpoint shows its secret once', async () => {
    await dialog().getByRole('button', { name: 'Create webhook' }).click()
    const secret = await dialog()
      .getByText(/^whsec_/)
      .innerText()
    receiver.trust(secret)
    await expectAccessible('secret')
    await dialog().getByRole('button', { name: 'I’ve saved it' }).click()
    await page.getByText('Screen in the foyer is created').waitFor()
    await page.getByRole('button', { name: /Screen in the foyer/ }).click()
    await dialog().getByText('Nothing sent yet.').waitFor()
    const html = await page.evaluate(() => document.documentElement.outerHTML)
    expect([html.includes(secret), html.includes('canary-receiver-key')]).toEqual([false, false])
  })

  test('a test and a change are delivered signed, and the log shows the outcome', async () => {
    await dialog().getByRole('button', { name: 'Send test' }).click()
    await receiver.until(1)
    receiver.answer((_message, response) => response.writeHead(receiver.received.length === 2 ? 503 : 204).end())
    await church.deliver(created(bookingIn(3 * 24 * 60, pastor)))
    await receiver.until(3)
    expect(receiver.received.every(({ isSigned }) => isSigned)).toBe(true)
    await expect
      .poll(async () => {
        await dialog().getByRole('button', { name: 'Refresh' }).click()
        return dialog().getByLabel('Delivery log').innerText()
      })
      .toMatch(/booking\.created[\s\S]*Delivered: 204/)
    await dialog().getByText('Last delivered').waitFor()
    await dialog().getByText('2 attempts').click()
    await dialog()
      .getByText(/503: The receiver refused it/)
      .first()
      .waitFor()
    await expectAccessible('log')
  })

  test('a message can be sent again', async () => {
    const before = receiver.received.length
    await dialog().getByRole('button', { name: 'Send again booking.created' }).first().click()
    await receiver.until(before + 1)
    expect(receiver.received.at(-1)?.id).toBe(receiver.received[before - 1]?.id)
  })

  test('a new secret takes over, and the endpoint is disabled and deleted', async () => {
    await dialog().getByRole('button', { name: 'Rotate secret' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Rotate secret' }).click()
    await dialog()
      .getByText(/^whsec_/)
      .waitFor()
    await dialog().getByRole('button', { name: 'I’ve saved it' }).click()
    await dialog().getByRole('button', { name: 'Disable' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Disable' }).click()
    await dialog().getByText('Disabled by a user.').waitFor()
    await expectAccessible('off')
    await dialog().getByRole('button', { name: 'Enable' }).click()
    await dialog().getByRole('button', { name: 'Send test' }).waitFor()
    await dialog().getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByText('Screen in the foyer is deleted.').waitFor()
    await page.getByText('No webhooks yet').waitFor()
  })
})
