import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeFindings, chromiumPath, openBrowser, signIn, skipReason } from './browser.ts'
import { type Church, type Person, startChurch } from './church.ts'

describe.skipIf(chromiumPath === null)(`After a restore${skipReason}`, () => {
  let church: Church
  let browser: Awaited<ReturnType<typeof openBrowser>>
  let page: Page
  let admin: Person
  const pictures = process.env.PICTURES

  beforeAll(async () => {
    ;[church, browser] = await Promise.all([startChurch(), openBrowser()])
    admin = await church.addPerson('admin', 'Ada Lindqvist', 12)
    page = await browser.context.newPage()
    page.setDefaultTimeout(60_000)
  })
  afterAll(async () => {
    await browser?.close()
    await church?.close()
  })

  const looks = async (name: string) => {
    for (const [size, width, height] of [
      ['phone', 360, 740],
      ['desktop', 1280, 800],
    ] as const) {
      await page.setViewportSize({ width, height })
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        expect(await axeFindings(page)).toEqual([])
        if (pictures) await page.screenshot({ path: `${pictures}/restore-${name}-${size}-${colorScheme}.png` })
      }
    }
  }

  test('the sign-in page asks everybody to set a new password, and an admin confirms a token', async () => {
    await church.sql(`
      INSERT INTO api_tokens (id, "userId", name, prefix, "tokenHash", scopes, "expiresAt")
      SELECT gen_random_uuid(), id, 'Weekly sheet', 'chub_abcdef', repeat('a', 64), '{audit:read}', now() + interval '30 days'
      FROM users`)
    // A running server sees a restored dump as a database whose checkpoint went back.
    await church.sql(`UPDATE node_checkpoints SET counter = 0; SELECT pg_notify('access_changed', '')`)
    await page.goto(church.url)
    await expect
      .poll(
        async () => {
          await page.reload()
          await page.getByLabel('Email').waitFor()
          return page.getByText('ChurchHub was restored from a backup.').count()
        },
        { timeout: 60_000, interval: 1_000 },
      )
      .toBe(1)
    await looks('sign-in')

    await church.sql('UPDATE user_credentials SET epoch = session_epoch()')
    await signIn(page, church.url, admin)
    await page.goto(`${church.url}/tokens`)
    await page.getByRole('heading', { name: 'Waiting for confirmation' }).waitFor()
    await looks('tokens')
    await page.getByRole('button', { name: 'Confirm Weekly sheet' }).click()
    await page.getByRole('button', { name: 'Confirm token' }).click()
    await page.getByText('Weekly sheet works again.').waitFor()
    expect(await page.getByRole('heading', { name: 'Waiting for confirmation' }).count()).toBe(0)
    await page.getByText('Expires ').first().waitFor()
  }, 300_000)
})
