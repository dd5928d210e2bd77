import type { ValueCount } from '../../core/keys/count-values.ts'
import type { KeyStatus, KeysStatus } from '../../core/keys/key-status.ts'

/** The key status for an operator. `isWell`: nothing needs attention. */
export type StatusReport = Readonly<{ lines: readonly string[]; isHealthy: boolean }>

/** The rotation job runs hourly, so a key overdue by more than this means that no worker runs. */
const overdueSeconds = 86_400

const wrappers = { current: 'ENCRYPTION_KEY', previous: 'ENCRYPTION_KEY_PREVIOUS' } as const

/** When the active data key is replaced; null if there is none. */
export function nextRotationOf({ keys }: KeysStatus, rotationSeconds: number): Date | null {
  const inUse = keys.findLast(({ state }) => state === 'in use')
  return inUse === undefined ? null : new Date(inUse.createdAt.getTime() + rotationSeconds * 1_000)
}

/** The keys as text, and any problems. Contains no key, and nothing derived from one. */
export function statusLines(status: KeysStatus, now: Date, rotationSeconds: number): StatusReport {
  const nextRotation = nextRotationOf(status, rotationSeconds)
  const problems = problemsOf(status, now, nextRotation)
  const lines = [
    ...status.keys.flatMap(keyLines),
    `Next rotation: ${nextRotation === null ? 'none, no key is in use' : nextRotation.toISOString()}`,
    ...problems.map((problem) => `ATTENTION: ${problem}`),
  ]
  return { lines, isHealthy: problems.length === 0 }
}

function keyLines({ id, state, createdAt, retiredAt, destroyedAt, wrappedBy, values }: KeyStatus): string[] {
  const lifetime = [
    `made ${createdAt.toISOString()}`,
    // The audit log's key is retired from the start: its retirement has no meaning.
    ...(retiredAt !== null && state !== 'vouches for the audit log' ? [`retired ${retiredAt.toISOString()}`] : []),
    ...(destroyedAt === null
      ? [`under ${wrappedBy === null ? 'ANOTHER MASTER KEY' : wrappers[wrappedBy]}`]
      : [`destroyed ${destroyedAt.toISOString()}`]),
  ]
  const counts = values.map(({ column, values: count }) => `    ${column.padEnd(36)}${String(count).padStart(9)}`)
  const isSealing = state === 'in use' || state === 'retired'
  return [
    `${id}  ${state}: ${lifetime.join(', ')}`,
    ...(counts.length === 0 && isSealing ? ['    no values'] : counts),
    '',
  ]
}

function problemsOf({ keys, lost }: KeysStatus, now: Date, nextRotation: Date | null): string[] {
  const foreign = keys.filter(({ destroyedAt, wrappedBy }) => destroyedAt === null && wrappedBy === null)
  const previous = keys.filter(({ wrappedBy }) => wrappedBy === 'previous')
  return [
    ...foreign.map(({ id }) => `${id} is under a master key that is not given here. The server will not start.`),
    ...(previous.length === 0
      ? []
      : [`${previous.length} keys are still under ENCRYPTION_KEY_PREVIOUS. Run npm run keys:rewrap.`]),
    ...(keys.some(({ state }) => state === 'in use') ? [] : ['No data key is in use. Start the server once.']),
    ...(nextRotation !== null && now.getTime() - nextRotation.getTime() > overdueSeconds * 1_000
      ? ['The rotation is overdue. Is a server with ROLE=worker or ROLE=all running?']
      : []),
    ...keys.filter((key) => isHeld(key, now)).map(heldLine),
    ...lost.map(lostLine),
  ]
}

function lostLine({ column, keyId, values }: ValueCount): string {
  const reason = keyId === null ? 'are not sealed text' : `are under ${keyId}, which is destroyed or unknown`
  return `${values} values in ${column} ${reason}: nobody can open them. See docs/operations/keys.md.`
}

/** Re-encryption starts with the rotation and runs every night, so values that remain for longer can't be read. */
function isHeld({ state, retiredAt, values }: KeyStatus, now: Date): boolean {
  return (
    state === 'retired' &&
    values.length > 0 &&
    retiredAt !== null &&
    now.getTime() - retiredAt.getTime() > overdueSeconds * 1_000
  )
}

function heldLine({ id, values }: KeyStatus): string {
  const count = values.reduce((sum, { values: each }) => sum + each, 0)
  const columns = values.map(({ column }) => column).join(', ')
  return `${count} values in ${columns} are still under the retired key ${id}. Either no worker runs, or they can't be decrypted: the log of the job reseal-values names them. See docs/operations/keys.md.`
}
