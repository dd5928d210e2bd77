import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeFindings, chromiumPath, openBrowser, signIn, skipReason } from './browser.ts'
import { bookingIn, created } from './cal.ts'
import { type Church, type Person, startChurch } from './church.ts'

describe.skipIf(chromiumPath === null)(`signing in${skipReason}`, () => {
  let church: Church
  let browser: { context: BrowserContext; close: () => Promise<void> }
  let page: Page
  let pastor: Person
  let admin: Person
  beforeAll(async () => {
    ;[church, browser] = await Promise.all([startChurch(), openBrowser()])
    pastor = await church.addPerson('pastor', 'Ruth Adler', 11)
    admin = await church.addPerson('admin', 'Ada Lindqvist', 12)
    page = await browser.context.newPage()
  })
  afterAll(async () => {
    await browser?.close()
    await church?.close()
  })

  test('says when email and password don’t match, and keeps the email', async () => {
    await page.goto(church.url)
    await page.getByLabel('Email').fill(pastor.email)
    await page.getByLabel('Password').fill('not the password')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('alert').getByText('Wrong email or password').waitFor()
    expect(await page.getByLabel('Email').inputValue()).toBe(pastor.email)
    expect(await page.evaluate(() => document.activeElement?.getAttribute('name'))).toBe('password')
  })

  test('supports password managers', async () => {
    expect(await page.getByLabel('Email').getAttribute('autocomplete')).toBe('username')
    expect(await page.getByLabel('Password').getAttribute('autocomplete')).toBe('current-password')
  })

  test.each(['light', 'dark'] as const)('has no axe findings while showing a refusal, in %s', async (colorScheme) => {
    await page.emulateMedia({ colorScheme })
    expect(await page.getByRole('alert').innerText()).toContain('Wrong email or password')
    expect(await axeFindings(page)).toEqual([])
  })

  test('shows the requested page', async () => {
    await signIn(page, `${church.url}/audit`, pastor)
    await page.getByRole('heading', { name: 'Audit log' }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/audit')
  })

  test('shows an empty dashboard that says what will appear and what makes it appear', async () => {
    await page.goto(church.url)
    await page.getByText('No upcoming meetings').waitFor()
    await page.getByText('Bookings from Cal.com appear here as soon as someone makes one.').waitFor()
    await page.getByText('No changes since you opened this page').waitFor()
  })

  test('ends in every tab when it ends in one', async () => {
    const other = await browser.context.newPage()
    await other.goto(church.url)
    await other.getByText('Live', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Ruth Adler' }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByText('You are signed out.').waitFor()
    await other.getByText('You were signed out.').waitFor()
    await other.getByLabel('Email').waitFor()
    await other.close()
  })

  test('shows an admin what needs attention, and bookings without names', async () => {
    await church.deliver(created(bookingIn(90, pastor)))
    await church.deliver(
      created(bookingIn(90, { ...pastor, email: 'who@else.example', username: 'who', calUserId: 99 })),
    )
    await signIn(page, church.url, admin)
    await page.getByText('No pastor for this organizer').waitFor()
    await page.getByText('Ruth Adler with 1 person').first().waitFor()
    expect(await page.locator('body').innerText()).not.toContain('Miriam')
    await page.getByText('Ruth Adler with 1 person').first().click()
    await page.getByText('No one else can open them.').waitFor()
    expect(await page.getByRole('button', { name: 'Open summary' }).count()).toBe(0)
    await page.getByText('Access history').waitFor()
    expect(await axeFindings(page)).toEqual([])
  })
})
