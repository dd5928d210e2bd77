import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startProviderServer } from '../../server/test/fakes/provider-server.ts'
import { axeFindings, chromiumPath, openBrowser, signIn, skipReason } from './browser.ts'
import { bookingIn, created } from './cal.ts'
import { type Church, type Person, startChurch } from './church.ts'

describe.skipIf(chromiumPath === null)(`who writes summaries${skipReason}`, () => {
  let church: Church
  let browser: Awaited<ReturnType<typeof openBrowser>>
  let provider: Awaited<ReturnType<typeof startProviderServer>>
  let office: Page
  let deskPage: Page
  let pastor: Person
  const pictures = process.env.PICTURES

  beforeAll(async () => {
    ;[church, browser, provider] = await Promise.all([
      startChurch({ AI_ALLOWED_NETWORKS: '127.0.0.1/32' }),
      openBrowser(),
      startProviderServer(),
    ])
    pastor = await church.addPerson('pastor', 'Ruth Adler', 11)
    const admin = await church.addPerson('admin', 'Ada Lindqvist', 12)
    deskPage = await browser.context.newPage()
    await signIn(deskPage, church.url, pastor)
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

  /** The view in both sizes and both themes: no finding, nothing wider than the screen. */
  const expectAccessible = async (page: Page, name: string) => {
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

  test('an admin sees what would be sent and what is missing, and sets it up', async () => {
    await office.goto(`${church.url}/summaries`)
    await office.getByRole('button', { name: 'Preview' }).click()
    const preview = office.getByRole('region', { name: 'What would be sent' })
    await preview.getByText('[PERSON_1]').first().waitFor()
    expect(await preview.locator('p', { hasText: 'Write a short brief' }).innerText()).not.toMatch(/Grace|Okafor|4477/)
    await expectAccessible(office, 'preview')

    await office.getByLabel('Question').fill('Tell me about {{people}} and {{secrets}}.')
    await office.getByLabel('Model').fill('llama3.2')
    await office.getByRole('button', { name: 'Save' }).click()
    await office.getByText(/UNKNOWN_VARIABLE/).waitFor()
    await office.reload()
    await office.getByLabel('Model').fill('llama3.2')
    await office.getByRole('button', { name: 'Save' }).click()
    await office.getByText('Saved.').waitFor()
    await office.getByRole('button', { name: 'Try it' }).click()
    await office.getByText('There is no address, or no key for this address.').waitFor()

    await church.sql(
      `INSERT INTO system_settings (id, key, value) VALUES (gen_random_uuid(), 'ai.local.baseUrl', '"${provider.baseUrl}"')`,
    )
    provider.behave('unknown model')
    await office.getByRole('button', { name: 'Try it' }).click()
    await office.getByText('The provider has no model with this name').waitFor()
    provider.behave({ brief: { about: '[PERSON_1] will marry.', asksFor: null, goodToKnow: [] } })
    await office.getByRole('button', { name: 'Try it' }).click()
    await office.getByText('Grace Okafor will marry.').waitFor()
    await expectAccessible(office, 'tried')
  })

  test('a pastor sees what the church offers, agrees, withdraws, and agrees again', async () => {
    await deskPage.goto(`${church.url}/summaries`)
    await deskPage.getByText('You haven’t agreed. None of your bookings are sent.').waitFor()
    await deskPage.getByText(provider.baseUrl).waitFor()
    await deskPage.getByText('On. Names, addresses and numbers are replaced by placeholders.').waitFor()
    await expectAccessible(deskPage, 'offer')
    await deskPage.getByRole('button', { name: 'Show what would be sent' }).click()
    await deskPage.getByText('What would be sent for a sample booking').waitFor()
    await expectAccessible(deskPage, 'offer-shown')
    await deskPage.getByRole('button', { name: 'Agree' }).click()
    await deskPage
      .getByText('You agreed. Your bookings are sent to this model, except those with high sensitivity.')
      .waitFor()
    await expectAccessible(deskPage, 'agreed')
    await deskPage.getByRole('button', { name: 'Send high sensitivity too' }).click()
    await deskPage.getByText('You agreed. All your bookings are sent to this model.').waitFor()
    await deskPage.getByRole('button', { name: 'Withdraw' }).click()
    await deskPage.getByText('You haven’t agreed.').waitFor()
    await deskPage.getByRole('button', { name: 'Agree' }).click()
    await deskPage.getByText('You agreed.').waitFor()
    await office.reload()
    await office.getByText('1 pastor has agreed.').waitFor()
    await expectAccessible(office, 'admin-offer')

    await church.sql("UPDATE ai_configurations SET model = 'llama3.3'")
    await deskPage.reload()
    await deskPage.getByText('The model changed since you agreed. Nothing is sent until you agree again.').waitFor()
    await expectAccessible(deskPage, 'lapsed')
    await church.sql("UPDATE ai_configurations SET model = 'llama3.2'")
    await deskPage.reload()
    await deskPage.getByText('The terms you agreed to were changed, and then changed back.').waitFor()
    await deskPage.getByRole('button', { name: 'Agree' }).click()
    await deskPage.getByText('You agreed.').waitFor()
    // Five views in two sizes and two themes: a busy machine takes minutes.
  }, 300_000)

  test('a summary shows who wrote it, can be rewritten, and accepts the pastor’s rating', async () => {
    provider.behave({ brief: { about: 'They grieve.', asksFor: null, goodToKnow: [] } })
    await church.deliver(created(bookingIn(60, pastor)))
    await deskPage.goto(church.url)
    await deskPage
      .getByRole('region', { name: /^(Next|Now)$/ })
      .getByText('Open booking')
      .click()
    const panel = deskPage.getByRole('dialog')
    await panel.getByText(/Written .* by llama3\.2/).waitFor()
    await panel.getByRole('button', { name: 'Open summary' }).click()
    await panel.getByText('They grieve.').waitFor()
    await panel.getByText('Written from').waitFor()
    await expectAccessible(deskPage, 'brief')
    await panel.getByRole('button', { name: 'Useful' }).click()
    await panel.getByRole('button', { name: 'Useful', pressed: true }).waitFor()

    provider.behave('overloaded')
    await panel.getByRole('button', { name: 'Rewrite brief' }).click()
    await panel.getByText('A new summary is being written.').waitFor()
    await panel.getByText('by rules, because the model’s server failed').waitFor()
    await panel.getByRole('button', { name: 'Useful', pressed: false }).waitFor()
    expect(await panel.getByText('A new summary is being written.').count()).toBe(0)
  })

  test('a pastor can disable masking for their own bookings only after seeing the text', async () => {
    await deskPage.goto(`${church.url}/summaries`)
    await deskPage.getByLabel('Model').fill('own')
    await deskPage.getByLabel('Mask names, addresses and numbers').uncheck()
    await deskPage.getByRole('button', { name: 'Save' }).click()
    await deskPage.getByText('Off. Names, addresses and numbers are sent as they are.').waitFor()
    const own = deskPage.getByRole('region', { name: 'For your own bookings' })
    expect(await own.getByRole('button', { name: 'Agree' }).count()).toBe(0)
    await own.getByRole('button', { name: 'Show what would be sent' }).click()
    await own.getByText('What would be sent for your next booking').waitFor()
    await expectAccessible(deskPage, 'unmasked')
    await own.getByRole('button', { name: 'Agree without masking' }).click()
    await deskPage.getByRole('alertdialog').getByRole('button', { name: 'Agree' }).click()
    await own.getByText('You agreed.').waitFor()
  })
})
