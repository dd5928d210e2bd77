import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import { type BrowserContext, chromium, type Page } from 'playwright-core'

const known = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** The path of Chromium, or null if there is none: then the browser tests are skipped. */
export const chromiumPath: string | null =
  [process.env.CHROMIUM_PATH ?? '', ...known].find((path) => path !== '' && existsSync(path)) ?? null

/** Part of a skipped suite's name: why, and how to run it. */
export const skipReason =
  chromiumPath === null ? ' (skipped: install Debian’s package chromium, or set CHROMIUM_PATH)' : ''

// One for every hour of the day.
const timeZones = [
  'Europe/Berlin',
  'Asia/Kolkata',
  'Asia/Tokyo',
  'Pacific/Auckland',
  'America/Los_Angeles',
  'America/Sao_Paulo',
]

/** A time zone where it is now morning, so that bookings in the next hours are today and this week. */
const timeZone = timeZones.find(isMorning) ?? 'Europe/Berlin'

function isMorning(timeZone: string): boolean {
  const hour = Number(new Intl.DateTimeFormat('en-GB', { timeZone, hour: 'numeric', hourCycle: 'h23' }).format())
  return hour >= 5 && hour < 12
}

/** A browser with an empty profile, in English with a 24-hour clock, in `timeZone`. */
export async function openBrowser(): Promise<{
  context: BrowserContext
  /** The browser's profile directory. */
  profile: string
  close: () => Promise<void>
}> {
  if (chromiumPath === null) throw new Error('There is no Chromium. Set CHROMIUM_PATH.')
  const profile = await mkdtemp(join(tmpdir(), 'churchhub-browser-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: chromiumPath,
    headless: true,
    locale: 'en-GB',
    timezoneId: timeZone,
    // Chromium has no sandbox as root; the other flags keep it from contacting Google in a closed network.
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
  context.setDefaultTimeout(15_000)
  return {
    context,
    profile,
    close: async () => {
      await context.close()
      await rm(profile, { recursive: true, force: true })
    },
  }
}

/** All axe findings on the page, as lines with the rule and the element; should be empty. */
export async function axeFindings(page: Page): Promise<string[]> {
  // Wait for color transitions to finish before measuring contrast.
  await page.evaluate(() =>
    Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => null))),
  )
  const { violations } = await new AxeBuilder({ page }).analyze()
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')}`))
}

/** Signs in on the current page. */
export async function signIn(
  page: Page,
  url: string,
  person: Readonly<{ email: string; password: string }>,
): Promise<void> {
  await page.goto(url)
  await page.getByLabel('Email').fill(person.email)
  await page.getByLabel('Password').fill(person.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('Live', { exact: true }).waitFor()
}
