import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeFindings, chromiumPath, openBrowser, signIn, skipReason } from './browser.ts'
import { type Church, type Person, startChurch } from './church.ts'

/** Everything the browser still stores of the page, as one text. */
const traces = () =>
  JSON.stringify([
    { ...localStorage },
    { ...sessionStorage },
    document.cookie,
    document.title,
    location.href,
    history.state,
    document.documentElement.outerHTML,
  ])

describe.skipIf(chromiumPath === null)(`API tokens${skipReason}`, () => {
  let church: Church
  let browser: Awaited<ReturnType<typeof openBrowser>>
  let page: Page
  let pastor: Person
  let admin: Person
  const pictures = process.env.PICTURES

  beforeAll(async () => {
    ;[church, browser] = await Promise.all([startChurch(), openBrowser()])
    pastor = await church.addPerson('pastor', 'Ruth Adler', 11)
    admin = await church.addPerson('admin', 'Ada Lindqvist', 12)
    await browser.context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: church.url })
    page = await browser.context.newPage()
  })
  afterAll(async () => {
    await browser?.close()
    await church?.close()
  })

  /** No axe finding in light or dark, nothing wider than a phone, and optional screenshots. */
  const expectAccessible = async (name: string) => {
    for (const [size, width, height] of [
      ['phone', 360, 740],
      ['desktop', 1280, 800],
    ] as const) {
      await page.setViewportSize({ width, height })
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        expect(await axeFindings(page)).toEqual([])
        if (pictures) await page.screenshot({ path: `${pictures}/tokens-${name}-${size}-${colorScheme}.png` })
      }
    }
  }

  /** The response to a request with a token. */
  const askWith = async (token: string, query: string) => {
    const answer = await fetch(`${church.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query }),
    })
    return { status: answer.status, text: await answer.text() }
  }

  let token = ''

  test('are found in the menu, and say what will appear there', async () => {
    await signIn(page, church.url, pastor)
    await page.getByRole('button', { name: 'Ruth Adler' }).click()
    await page.getByRole('menuitem', { name: 'API tokens' }).click()
    await page.getByText('No active tokens').waitFor()
    await expectAccessible('empty')
  })

  test('are created with the scopes of the role, and shown once', async () => {
    await page.getByRole('button', { name: 'New token' }).click()
    const form = page.getByRole('dialog')
    await form.getByLabel('Name').fill('Weekly sheet')
    expect(await form.getByText('users:write').count()).toBe(0)
    await form.getByRole('button', { name: 'Create token' }).click()
    await form.getByText('Choose at least one').waitFor()
    await form.getByRole('checkbox', { name: /bookings:read/ }).check()
    await expectAccessible('new')
    await form.getByRole('button', { name: 'Create token' }).click()
    const tokenRegion = form.getByRole('region', { name: 'The token' })
    await tokenRegion.waitFor()
    token = (await tokenRegion.getByText(/^chub_/).textContent()) ?? ''
    expect(token).toMatch(/^chub_[\w-]{43}$/)
    await expectAccessible('shown')
    await tokenRegion.getByRole('button', { name: 'Copy' }).click()
    await tokenRegion.getByText('Copied.').waitFor()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(token)
    await tokenRegion.getByRole('button', { name: 'I’ve saved it' }).click()
    await page.getByText('Never used').waitFor()
    expect(await page.evaluate(traces)).not.toContain(token)
    expect((await askWith(token, '{ bookings { totalCount } }')).text).toContain('"totalCount":0')
  })

  test('show their last use, owner and scopes', async () => {
    await page.reload()
    await page.getByText('Last used just now').waitFor()
    await page.getByText(/^chub_[\w-]{6}…$/).waitFor()
    await expectAccessible('list')
  })

  test('are revoked after confirmation, and no longer valid from then on', async () => {
    await page.getByRole('button', { name: 'Revoke Weekly sheet' }).click()
    const dialog = page.getByRole('alertdialog')
    await dialog.getByText('This can’t be undone.').waitFor()
    await expectAccessible('revoke')
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    expect((await askWith(token, '{ bookings { totalCount } }')).status).toBe(200)
    await page.getByRole('button', { name: 'Revoke Weekly sheet' }).click()
    await dialog.getByRole('button', { name: 'Revoke token' }).click()
    await page.getByText('Weekly sheet is revoked.').waitFor()
    expect((await askWith(token, '{ bookings { totalCount } }')).status).toBe(401)
    await page.getByText('No active tokens').waitFor()
    await page.getByRole('button', { name: 'Show inactive tokens' }).click()
    await page.getByText(/Revoked (Today|\w{3})/).waitFor()
    expect(await page.getByRole('button', { name: 'Revoke Weekly sheet' }).count()).toBe(0)
  })

  test('of everybody are listed for an admin, with their owners', async () => {
    await page.context().clearCookies()
    await signIn(page, `${church.url}/tokens`, admin)
    await page.getByRole('button', { name: 'Show inactive tokens' }).click()
    await page.getByText('Ruth Adler’s').waitFor()
    await expectAccessible('admin')
  })

  test('show an error when they can’t be loaded', async () => {
    await page.route('**/graphql', (route) =>
      route.request().postData()?.includes('ApiTokens(') ? route.abort() : route.continue(),
    )
    await page.reload()
    await page.getByText('Tokens couldn’t be loaded').waitFor()
    await expectAccessible('failed')
    await page.unroute('**/graphql')
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByText('No active tokens').waitFor()
  })
})
