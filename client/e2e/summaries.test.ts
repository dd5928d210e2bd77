import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startProviderServer } from '../../server/test/provider-server.ts'
import { axeFindings, chromiumPath, openBrowser, signIn, why } from './browser.ts'
import { bookingIn, created } from './cal.ts'
import { type Church, type Person, startChurch } from './church.ts'

describe.skipIf(chromiumPath === null)(`who writes summaries${why}`, () => {
  let church: Church
  let browser: Awaited<ReturnType<typeof openBrowser>>
  let provider: Awaited<ReturnType<typeof startProviderServer>>
  let office: Page
  let desk: Page
  let pastor: Person
  const pictures = process.env.PICTURES

  beforeAll(async () => {
    ;[church, browser, provider] = await Promise.all([startChurch(), openBrowser(), startProviderServer()])
    pastor = await church.addPerson('pastor', 'Ruth Adler', 11)
    const admin = await church.addPerson('admin', 'Ada Lindqvist', 12)
    desk = await browser.context.newPage()
    await signIn(desk, church.url, pastor)
    const other = await openBrowser()
    office = await other.context.newPage()
    await signIn(office, church.url, admin)
    const close = browser.close
    browser = { ...browser, close: async () => void (await Promise.all([close(), other.close()])) }
  })
  afterAll(async () => {
    await browser?.close()
    await church?.close()
    await provider?.close()
  })

  /** The same view in both sizes and both themes: no finding, nothing wider than the screen. */
  const looksRight = async (page: Page, name: string) => {
    for (const [size, width, height] of [
      ['phone', 360, 740],
      ['desktop', 1280, 800],
    ] as const) {
      await page.setViewportSize({ width, height })
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        expect(await axeFindings(page)).toEqual([])
        if (pictures) {
          await page.screenshot({ path: `${pictures}/summaries-${name}-${size}-${colorScheme}.png`, fullPage: true })
        }
      }
    }
  }

  test('an admin sees what would be sent, is told what is missing, and sets it up', async () => {
    await office.goto(`${church.url}/summaries`)
    await office.getByRole('button', { name: 'Preview' }).click()
    const preview = office.getByRole('region', { name: 'What would be sent' })
    await preview.getByText('[PERSON_1]').first().waitFor()
    expect(await preview.locator('p', { hasText: 'Write a short brief' }).innerText()).not.toMatch(/Grace|Okafor|4477/)
    await looksRight(office, 'preview')

    await office.getByLabel('Question').fill('Tell me about {{people}} and {{secrets}}.')
    await office.getByLabel('Model').fill('llama3.2')
    await office.getByRole('button', { name: 'Save' }).click()
    await office.getByText(/UNKNOWN_VARIABLE/).waitFor()
    await office.reload()
    await office.getByLabel('Model').fill('llama3.2')
    await office.getByRole('button', { name: 'Save' }).click()
    await office.getByText('Saved.').waitFor()
    await office.getByRole('button', { name: 'Try it' }).click()
    await office.getByText('There is no key or no address for this provider yet.').waitFor()

    await church.sql(
      `INSERT INTO system_settings (id, key, value) VALUES (gen_random_uuid(), 'ai.local.baseUrl', '"${provider.baseUrl}"')`,
    )
    provider.behave('unknown model')
    await office.getByRole('button', { name: 'Try it' }).click()
    await office.getByText('The provider has no model of this name').waitFor()
    provider.behave({ brief: { about: '[PERSON_1] will marry.', asksFor: null, goodToKnow: [] } })
    await office.getByRole('button', { name: 'Try it' }).click()
    await office.getByText('Grace Okafor will marry.').waitFor()
    await looksRight(office, 'tried')
  })

  test('a pastor reads what the church has, and says what of high sensitivity may go', async () => {
    await desk.goto(`${church.url}/summaries`)
    await desk.getByText('llama3.2, The church’s own server').waitFor()
    const consent = desk.getByRole('button', { name: 'Let them go' })
    await consent.click()
    await desk.getByText('Your bookings of high sensitivity go to this model too.').waitFor()
    await desk.getByRole('button', { name: 'No longer let them go' }).click()
    await desk.getByText('Nothing of your bookings of high sensitivity goes').waitFor()
    await looksRight(desk, 'pastor')
  })

  test('a summary tells who wrote it, is written anew on demand, and takes what the pastor thinks of it', async () => {
    provider.behave({ brief: { about: 'They grieve.', asksFor: null, goodToKnow: [] } })
    await church.deliver(created(bookingIn(60, pastor)))
    await desk.goto(church.url)
    await desk
      .getByRole('region', { name: /^(Next|Now)$/ })
      .getByText('Open booking')
      .click()
    const panel = desk.getByRole('dialog')
    await panel.getByText(/Written .* by llama3\.2/).waitFor()
    await panel.getByRole('button', { name: 'Open summary' }).click()
    await panel.getByText('They grieve.').waitFor()
    await panel.getByText('Written from').waitFor()
    await looksRight(desk, 'brief')
    await panel.getByRole('button', { name: 'Useful' }).click()
    await panel.getByRole('button', { name: 'Useful', pressed: true }).waitFor()

    provider.behave('overloaded')
    await panel.getByRole('button', { name: 'Write it anew' }).click()
    await panel.getByText('A new summary is being written.').waitFor()
    await panel.getByText('by rules, because the model’s server failed').waitFor()
    await panel.getByRole('button', { name: 'Useful', pressed: false }).waitFor()
    expect(await panel.getByText('A new summary is being written.').count()).toBe(0)
  })
})
