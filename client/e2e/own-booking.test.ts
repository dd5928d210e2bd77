import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeFindings, chromiumPath, openBrowser, signIn, skipReason } from './browser.ts'
import { bookingIn, created } from './cal.ts'
import { type Church, type Person, startChurch } from './church.ts'

describe.skipIf(chromiumPath === null)(`what a pastor decides about a booking${skipReason}`, () => {
  let church: Church
  let browser: { context: BrowserContext; close: () => Promise<void> }
  let page: Page
  let pastor: Person
  const pictures = process.env.PICTURES_OF_OWN_BOOKING
  beforeAll(async () => {
    ;[church, browser] = await Promise.all([startChurch(), openBrowser()])
    pastor = await church.addPerson('pastor', 'Ruth Adler', 11)
    page = await browser.context.newPage()
    await page.setViewportSize({ width: 1280, height: 800 })
    await signIn(page, church.url, pastor)
  })
  afterAll(async () => {
    await browser?.close()
    await church?.close()
  })

  const dialog = () => page.getByRole('dialog')
  const openBooking = async (minutes: number) => {
    await church.deliver(created(bookingIn(minutes, pastor)))
    await page.goto(church.url)
    await page
      .getByRole('region', { name: /^(Next|Now)$/ })
      .getByText('Open booking')
      .click()
    await dialog().getByRole('switch', { name: 'Anonymous' }).waitFor()
  }

  /** The view in both sizes and both themes: no finding, nothing wider than the screen. */
  const expectAccessible = async (name: string) => {
    for (const [kind, width, height] of [
      ['desk', 1280, 800],
      ['phone', 360, 740],
    ] as const) {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.setViewportSize({ width, height })
        await page.emulateMedia({ colorScheme })
        expect(await axeFindings(page)).toEqual([])
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
        if (pictures) await page.screenshot({ path: `${pictures}/${name}-${kind}-${colorScheme}.png` })
      }
    }
    await page.setViewportSize({ width: 1280, height: 800 })
  }

  test('says that there is no colleague to hand it to, until there is one', async () => {
    await openBooking(30)
    await dialog().getByText('There are no other pastors yet.').waitFor()
    await dialog().getByRole('region', { name: 'Hand over' }).scrollIntoViewIfNeeded()
    await expectAccessible('alone')
  })

  test('makes it anonymous: the name disappears, and returns when that is undone', async () => {
    const anonymous = dialog().getByRole('switch', { name: 'Anonymous' })
    await dialog().getByRole('heading', { name: 'Miriam Halloway' }).waitFor()
    await anonymous.focus()
    await page.keyboard.press('Space')
    await dialog().getByText('Their names are encrypted with the intake.').waitFor()
    await dialog().getByRole('heading', { name: 'Private' }).waitFor()
    expect(await anonymous.isChecked()).toBe(true)
    await page.getByRole('region', { name: 'Hand over' }).scrollIntoViewIfNeeded()
    await expectAccessible('anonymous')
    await anonymous.focus()
    await page.keyboard.press('Space')
    await dialog().getByRole('heading', { name: 'Miriam Halloway' }).waitFor()
    expect(await anonymous.isChecked()).toBe(false)
  })

  test('hands it over after explaining the effect; it moves to the colleague', async () => {
    const lydia = await church.addPerson('pastor', 'Lydia Fuller', 12)
    await page.reload()
    await dialog().getByRole('button', { name: 'Hand over to…' }).click()
    const confirm = page.getByRole('alertdialog')
    await confirm.getByRole('button', { name: 'Hand over' }).click()
    await confirm.getByText('Choose a pastor.').waitFor()
    await confirm.getByLabel('To', { exact: true }).selectOption({ label: 'Lydia Fuller' })
    await expectAccessible('hand-over')
    await confirm.getByRole('button', { name: 'Hand over' }).click()
    await dialog().getByText('Handed over to Lydia Fuller').waitFor()
    await expectAccessible('handed-over')
    expect(await dialog().innerText()).not.toContain('Miriam')
    await page.keyboard.press('Escape')
    await page.getByRole('region', { name: 'Recent changes' }).getByText('No longer yours').waitFor()
    expect(await page.locator('body').innerText()).not.toContain('Miriam')

    const other = await openBrowser()
    try {
      const otherPage = await other.context.newPage()
      await signIn(otherPage, church.url, lydia)
      await otherPage.getByText('Miriam Halloway').first().waitFor()
    } finally {
      await other.close()
    }
  })

  test('says why it can’t be handed over, and changes nothing', async () => {
    await openBooking(40)
    await dialog().getByRole('button', { name: 'Hand over to…' }).click()
    const confirm = page.getByRole('alertdialog')
    await confirm.getByLabel('To', { exact: true }).selectOption({ label: 'Lydia Fuller' })
    await church.sql(`UPDATE users SET "isActive" = false WHERE "calUserId" = '12'`)
    await confirm.getByRole('button', { name: 'Hand over' }).click()
    await confirm.getByText('The recipient must be a pastor who can sign in. Choose another user.').waitFor()
    await expectAccessible('refused')
    await church.sql(`UPDATE users SET "isActive" = true WHERE "calUserId" = '12'`)
    await confirm.getByRole('button', { name: 'Cancel' }).click()
    await dialog().getByRole('heading', { name: 'Miriam Halloway' }).waitFor()
  })

  test('records how a past meeting went, and clears it', async () => {
    await church.deliver(created(bookingIn(-10, pastor)))
    await page.goto(church.url)
    await page
      .getByRole('region', { name: /^(Next|Now)$/ })
      .getByText('Open booking')
      .click()
    const completedButton = dialog().getByRole('button', { name: 'It took place' })
    await completedButton.click()
    await dialog().getByText('Completed').first().waitFor()
    await completedButton.scrollIntoViewIfNeeded()
    await expectAccessible('ended')
    await completedButton.click()
    await dialog().getByText('Confirmed').first().waitFor()
    expect(await completedButton.getAttribute('aria-pressed')).toBe('false')
  })
})
