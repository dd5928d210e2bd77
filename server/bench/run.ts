/** `npm run bench`: creates a church, measures, prints, and leaves nothing behind. */
import { writeFile } from 'node:fs/promises'
import { auditedReadsTable, benchAuditedReads } from './audited-reads.ts'
import { benchDashboard, dashboardTable } from './dashboard.ts'
import { benchFanOut, fanOutTable } from './fan-out.ts'
import { benchFreeQuery, freeQueryTable } from './free-query.ts'
import { benchScale, scaleTable } from './scale.ts'
import { benchStart, startTable } from './start.ts'
import { type Plan, planOf, UsageError } from './support/arguments.ts'
import { buildChurch } from './support/church.ts'
import { describeMachine } from './support/machine.ts'
import { installBenchPackages } from './support/packages.ts'
import { openSite, type Site } from './support/site.ts'
import { benchWebhook, webhookTable } from './webhook.ts'

async function bench(plan: Plan, site: Site): Promise<void> {
  const machine = await describeMachine(site.url)
  console.log(`${machine}\nFilling a church with ${plan.bookings.toLocaleString('en')} bookings …`)
  const church = await buildChurch({ url: site.url, bookings: plan.bookings })
  await site.settle()

  const results: Record<string, unknown> = { machine, plan, bookings: church.bookingCount }
  for (const name of plan.benches) {
    console.log(`\n${name}`)
    if (name === 'audited-reads') {
      const figures = await benchAuditedReads(site, plan)
      results[name] = figures
      console.log(auditedReadsTable(figures))
    }
    if (name === 'fan-out') {
      const figures = await benchFanOut(site, church, plan)
      results[name] = figures
      console.log(fanOutTable(figures))
    }
    if (name === 'dashboard') {
      const figures = await benchDashboard(site, church, plan)
      results[name] = figures
      console.log(dashboardTable(figures))
    }
    if (name === 'free-query') {
      const figures = await benchFreeQuery(site, church, plan)
      results[name] = figures
      console.log(freeQueryTable(figures))
    }
    if (name === 'start') {
      const figures = await benchStart(site, church, plan)
      results[name] = figures
      console.log(startTable(figures))
    }
    if (name === 'scale') {
      const figures = await benchScale(plan)
      results[name] = figures
      console.log(scaleTable(figures))
    }
    if (name === 'webhook') {
      const figures = await benchWebhook(site, church, plan)
      results[name] = figures
      console.log(webhookTable(figures))
    }
  }
  if (plan.jsonPath !== null) await writeFile(plan.jsonPath, `${JSON.stringify(results, null, 2)}\n`)
}

class Interrupted extends Error {}

/** Never resolves; rejects when the user interrupts the run. */
function interruption(): Promise<never> {
  const interrupted = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => reject(new Interrupted()))
  })
  // It may reject before anything awaits it; the rejection then waits.
  interrupted.catch(() => undefined)
  return interrupted
}

async function main(): Promise<void> {
  const plan = planOf(process.argv.slice(2))
  await installBenchPackages()
  const interrupted = interruption()
  await using site = await openSite()
  await Promise.race([bench(plan, site), interrupted])
}

main().catch((error: unknown) => {
  // The measured programs exit with this process.
  if (error instanceof Interrupted) process.exit(130)
  console.error(error instanceof UsageError ? error.message : error)
  process.exit(1)
})
