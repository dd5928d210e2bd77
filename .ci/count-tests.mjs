/**
 * Sums Vitest's JSON reports for `.ci/run`: prints what failed and what was skipped, and writes a file whose first line is
 * "PASSED FAILED" and whose other lines name the failed tests, which `.ci/run` repeats at its end.
 *
 *     node .ci/count-tests.mjs EXIT_CODE COUNTS_FILE REPORT…
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { relative } from 'node:path'

const [exitCode, countsFile, ...reports] = process.argv.slice(2)
let passed = 0
const failed = []
const skipped = []

for (const report of reports) {
  if (!existsSync(report)) {
    failed.push(`${report} was not written: the run ended before its tests did`)
    continue
  }
  for (const { name, status, message, assertionResults } of JSON.parse(readFileSync(report, 'utf8')).testResults) {
    const file = relative('.', name)
    for (const test of assertionResults) {
      if (test.status === 'passed') passed += 1
      else if (test.status === 'failed') failed.push(`${file}: ${test.fullName}`)
      else skipped.push(`${file}: ${test.fullName}`)
    }
    // A file that could not be loaded, or whose hooks failed, has no failed test.
    const isBroken = status === 'failed' && !assertionResults.some((test) => test.status === 'failed')
    if (isBroken) failed.push(`${file}: ${message?.split('\n')[0] || 'could not run'}`)
  }
}

if (exitCode !== '0' && failed.length === 0) failed.push(`the run ended with ${exitCode} although no test failed`)
if (passed === 0) failed.push('no test passed')

if (failed.length > 0) console.log(['', 'Failed tests:', ...failed].join('\n  '))
if (skipped.length > 0) console.log(['', 'Skipped tests:', ...skipped].join('\n  '))
console.log(`\nTests: ${passed} passed, ${failed.length} failed, ${skipped.length} skipped.`)
writeFileSync(countsFile, [`${passed} ${failed.length}`, ...failed, ''].join('\n'))
