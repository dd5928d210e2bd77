import type { BrowserContext, Page, Route } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type MailServer, startMailServer } from '../../server/test/fakes/mail-server.ts'
import { axeFindings, chromiumPath, openBrowser, signIn, skipReason } from './browser.ts'
import { type Church, type Person, startChurch } from './church.ts'

const chosen = 'a password that its owner chose'

/** Everything the browser still stores of the page, as one text. */
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

const isAboutProfile = (route: Route) => route.request().postData()?.includes('query OwnProfile') ?? false

type Browser = { context: BrowserContext; close: () => Promise<void> }

describe.skipIf(chromiumPath === null)(`accounts${skipReason}`, () => {
  let church: Church
  let mail: MailServer
  let browser: Browser
  let otherBrowser: Browser
  let page: Page
  let pastor: Person
  let admin: Person
  const consoleLines: string[] = []
  beforeAll(async () => {
    mail = await startMailServer()
    ;[church, browser, otherBrowser] = await Promise.all([
      startChurch({ SMTP_URL: mail.url, MAIL_FROM: 'ChurchHub <hub@church.example>' }),
      openBrowser(),
      openBrowser(),
    ])
    pastor = await church.addPerson('pastor', 'Ruth Adler', 11)
    admin = await church.addPerson('admin', 'Ada Lindqvist', 12)
    page = await browser.context.newPage()
    page.on('console', (message) => void consoleLines.push(message.text()))
    page.on('pageerror', (error) => void consoleLines.push(error.message))
  })
  afterAll(async () => {
    await Promise.all([browser?.close(), otherBrowser?.close()])
    await church?.close()
    await mail?.close()
  })

  /** The link of the next mail, and its token. */
  const nextLink = async () => {
    const { to, parsed } = await mail.nextMail()
    const [url = '', token = ''] = /http\S+#token=(\S+)/.exec(parsed.text ?? '') ?? []
    return { to, url, token }
  }
  const looks = async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      expect(await axeFindings(page)).toEqual([])
    }
    await page.setViewportSize({ width: 360, height: 740 })
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360)
    await page.setViewportSize({ width: 1280, height: 800 })
  }
  const choosePassword = async (password: string, button: string) => {
    await page.getByLabel('New password').fill(password)
    await page.getByRole('button', { name: button }).click()
  }

  let usedLink = ''

  test('gives the same answer for an unknown address, and mails nothing', async () => {
    await page.goto(church.url)
    await page.getByRole('link', { name: 'Forgot your password?' }).click()
    await page.getByLabel('Email').fill('nobody@church.example')
    await looks()
    await page.getByRole('button', { name: 'Email me a link' }).click()
    await page.getByText('If there is an account with this address').waitFor()
    await looks()
    expect(page.url()).not.toContain('nobody')
    expect(mail.waiting()).toBe(0)
  })

  test('mails a link that sets a new password, and leaves no trace of its token', async () => {
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByLabel('Email').fill(pastor.email)
    await page.getByRole('button', { name: 'Email me a link' }).click()
    await page.getByText('If there is an account with this address').waitFor()
    const { to, url, token } = await nextLink()
    expect(to).toEqual([pastor.email])
    expect(url).toBe(`${church.url}/reset-password#token=${token}`)
    usedLink = url

    await page.goto(url)
    await page.getByRole('heading', { name: 'Set a new password' }).waitFor()
    expect(page.url()).toBe(`${church.url}/reset-password`)
    expect(await page.evaluate(() => JSON.stringify([history.state, document.title]))).not.toContain(token)
    await looks()
    await choosePassword(pastor.email, 'Set password')
    await page.getByText('Must not be the email address.').waitFor()
    await choosePassword(chosen, 'Set password')
    await page.getByText('Your new password is set').waitFor()
    expect(await page.getByLabel('Email').inputValue()).toBe(pastor.email)
    await page.getByLabel('Password').fill(chosen)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('Live', { exact: true }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/')
    expect(await page.evaluate(traces)).not.toContain(token)
  })

  test('says what to do about a used link, even after another link was opened', async () => {
    await page.goto(`${church.url}/reset-password`)
    await page.getByRole('heading', { name: 'Open this page from the email' }).waitFor()
    await looks()
    await page.goto(usedLink)
    await page.getByRole('heading', { name: 'Set a new password' }).waitFor()
    expect(page.url()).not.toContain('token')
    await choosePassword(chosen, 'Set password')
    await page.getByRole('heading', { name: 'This link no longer works' }).waitFor()
    await looks()
    await page.getByRole('link', { name: 'Request a new link' }).click()
    await page.getByRole('heading', { name: 'Forgot your password?' }).waitFor()
  })

  test('invites a user, who sets a password and is signed in', async () => {
    await page.goto(church.url)
    await page.getByRole('button', { name: 'Ruth Adler' }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await signIn(page, `${church.url}/users`, admin)
    await page.getByRole('heading', { name: 'Users' }).waitFor()
    await page.getByText('2 accounts').waitFor()
    await looks()
    await page.getByRole('button', { name: 'Invite user' }).click()
    const form = page.getByRole('dialog')
    expect(await form.getByLabel('Church').inputValue()).toBe('Test Church')
    await form.getByLabel('Name', { exact: true }).fill('Noa Stern')
    await form.getByLabel('Email').fill(pastor.email)
    await form.getByLabel('Cal.com username').fill('noa-stern')
    await form.getByRole('button', { name: 'Send invitation' }).click()
    await form.getByText('Another user already has this value. Use a different one.').waitFor()
    expect(await form.getByLabel('Email').getAttribute('aria-invalid')).toBe('true')
    expect(await page.evaluate(() => document.activeElement?.getAttribute('name'))).toBe('email')
    await looks()
    await form.getByLabel('Email').fill('noa@church.example')
    await form.getByRole('button', { name: 'Send invitation' }).click()
    await page.getByText('Noa Stern’s invitation was sent').waitFor()
    await page.getByText('Invited, can accept until').waitFor()

    const first = await nextLink()
    await page.getByRole('button', { name: 'Noa Stern' }).click()
    await page.getByRole('button', { name: 'Resend invitation' }).click()
    await page.getByRole('button', { name: 'Send it' }).click()
    await page.getByText('A new invitation was sent to Noa Stern.').waitFor()
    const second = await nextLink()
    expect(second.url).toContain('/accept-invitation#token=')

    const guest = await otherBrowser.context.newPage()
    await guest.goto(first.url)
    await guest.getByLabel('New password').fill(chosen)
    await guest.getByRole('button', { name: 'Choose password' }).click()
    await guest.getByRole('heading', { name: 'This link no longer works' }).waitFor()
    await guest.goto(second.url)
    await guest.getByLabel('New password').fill(chosen)
    await guest.getByRole('button', { name: 'Choose password' }).click()
    await guest.getByText('Your account is ready').waitFor()
    expect(await axeFindings(guest)).toEqual([])
    await guest.getByLabel('Password').fill(chosen)
    await guest.getByRole('button', { name: 'Sign in' }).click()
    await guest.getByText('Live', { exact: true }).waitFor()
    expect(await guest.evaluate(traces)).not.toContain(second.token)
    await guest.goto(`${church.url}/users`)
    await guest.getByText('This page doesn’t exist').waitFor()
  })

  test('edits a user’s profile', async () => {
    await page.goto(`${church.url}/users`)
    await page.getByLabel('Find').fill('noa')
    await page.getByText('1 account', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Noa Stern' }).click()
    await page.getByLabel('Church').fill('Second Church')
    await looks()
    await page.getByRole('button', { name: 'Save changes' }).click()
    await page.getByRole('dialog').getByText('Saved.').waitFor()
    await page.keyboard.press('Escape')
    await page.getByText('Pastor, Second Church').waitFor()
  })

  test('deactivates a user after explaining the effect; their pages end within a second', async () => {
    const [guest] = otherBrowser.context.pages().slice(-1)
    await guest?.goto(church.url)
    await guest?.getByText('Live', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Noa Stern' }).click()
    await page.getByRole('button', { name: 'Deactivate' }).click()
    const dialog = page.getByRole('alertdialog')
    await dialog.getByText('all their sessions end').waitFor()
    await looks()
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('button', { name: 'Deactivate' }).click()
    await dialog.getByRole('button', { name: 'Deactivate' }).click()
    await page.getByRole('dialog').getByText('Deactivated, last signed in').waitFor()
    await guest?.getByText('You were signed out.').waitFor()

    // A user with a password doesn't need an invitation.
    expect(await page.getByRole('button', { name: 'Resend invitation' }).count()).toBe(0)
    await page.getByRole('button', { name: 'Reactivate' }).click()
    await dialog.getByRole('button', { name: 'Reactivate' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Deactivate' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByLabel('Find').fill('nobody at all')
    await page.getByText('No matching users').waitFor()
  })

  test('edits the viewer’s profile, and shows the change at once', async () => {
    const profile = page.getByRole('region', { name: 'Profile' })
    const save = () => profile.getByRole('button', { name: 'Save profile' }).click()
    // The first response is lost.
    await page.route('**/graphql', (route) => (isAboutProfile(route) ? route.abort() : route.continue()))
    await page.goto(`${church.url}/account`)
    await profile.getByText('Your profile couldn’t be loaded').waitFor()
    await looks()
    await page.unroute('**/graphql')
    await profile.getByRole('button', { name: 'Try again' }).click()
    expect(await profile.getByLabel('Name').inputValue()).toBe('Ada Lindqvist')

    await save()
    await profile.getByText('There are no changes to save.').waitFor()
    await profile.getByLabel('Booking page').fill('ftp://nowhere.example')
    await save()
    await profile.getByText('Must be a URL').waitFor()
    expect(await page.evaluate(() => document.activeElement?.getAttribute('name'))).toBe('schedulingLink')
    await looks()
    await profile.getByLabel('Booking page').fill('https://cal.example/ada')
    await profile.getByLabel('Name').fill('Ada Stern')
    await profile.getByLabel('About').fill('Looks after the calendars.\nOn Mondays.')
    await save()
    await profile.getByText('Saved.').waitFor()
    await page.getByRole('button', { name: 'Ada Stern' }).waitFor()
    await page.reload()
    await page.getByRole('button', { name: 'Ada Stern' }).waitFor()
    expect(await profile.getByLabel('About').inputValue()).toBe('Looks after the calendars.\nOn Mondays.')
    expect(await profile.getByLabel('Booking page').inputValue()).toBe('https://cal.example/ada')

    await profile.getByLabel('Name').fill('Ada Lindqvist')
    await profile.getByLabel('About').fill('')
    await save()
    await page.getByRole('button', { name: 'Ada Lindqvist' }).waitFor()
    await page.reload()
    expect(await profile.getByLabel('About').inputValue()).toBe('')
  })

  test('lists the viewer’s sessions, and ends them one by one or all but this', async () => {
    const [other] = otherBrowser.context.pages().slice(-1)
    if (other === undefined) throw new Error('no page')
    await signIn(other, church.url, admin)
    await page.goto(church.url)
    await page.getByRole('button', { name: 'Ada Lindqvist' }).click()
    await page.getByRole('menuitem', { name: 'Account' }).click()
    await page.getByText('This session').waitFor()
    await looks()
    await page.getByRole('button', { name: /^Sign out Chrome on/ }).click()
    await page.getByRole('button', { name: 'End session' }).click()
    await page.getByText('Session ended.').waitFor()
    await other.getByText('You were signed out.').waitFor()
    expect(await page.getByRole('button', { name: 'Sign out everywhere else' }).count()).toBe(0)

    await signIn(other, church.url, admin)
    await page.reload()
    await page.getByRole('button', { name: 'Sign out everywhere else' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Sign out everywhere else' }).click()
    await page.getByText('All other sessions have ended.').waitFor()
    await other.getByText('You were signed out.').waitFor()
  })

  test('changes the viewer’s password, which ends all other sessions', async () => {
    const [other] = otherBrowser.context.pages().slice(-1)
    if (other === undefined) throw new Error('no page')
    await signIn(other, church.url, admin)
    await page.getByLabel('Current password').fill('not my password')
    await page.getByLabel('New password').fill(chosen)
    await page.getByRole('button', { name: 'Change password' }).click()
    await page.getByText('The password is wrong. Try again.').waitFor()
    expect(await page.evaluate(() => document.activeElement?.getAttribute('name'))).toBe('currentPassword')
    await looks()
    await page.getByLabel('Current password').fill(admin.password)
    await page.getByRole('button', { name: 'Change password' }).click()
    await page.getByText('Password changed.').waitFor()
    await other.getByText('You were signed out.').waitFor()
    expect(await page.getByLabel('New password').inputValue()).toBe('')
    await page.goto(church.url)
    await page.getByText('Live', { exact: true }).waitFor()
  })

  test('downloads the filtered log', async () => {
    await page.goto(`${church.url}/audit`)
    await page.getByLabel('What').selectOption({ label: 'Signing in and out' })
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download as CSV' }).click(),
    ])
    expect(download.suggestedFilename()).toMatch(/^audit-log-.*\.csv$/)
    expect(await download.failure()).toBeNull()
    await looks()
  })

  test('logs no password to the console, and violates no content security policy', () => {
    expect(consoleLines.join('\n')).not.toContain(chosen)
    expect(consoleLines.filter((line) => /Content.Security.Policy|Uncaught|token/i.test(line))).toEqual([])
  })
})
