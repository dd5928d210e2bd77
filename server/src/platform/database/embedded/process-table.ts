import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Whether a process with that ID is running, whoever owns it. A zombie doesn't count. */
export async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false
  }
  if (process.platform === 'linux') return (await statOf(pid))[0] !== 'Z'
  return !(await queryPs(pid, 'stat=')).startsWith('Z')
}

/** The start time of a process in the system's own format. It tells apart processes that reuse an ID. */
export async function startTimeOf(pid: number): Promise<string> {
  if (process.platform !== 'linux') return await queryPs(pid, 'lstart=')
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')
  // In clock ticks since boot.
  return `${(await statOf(pid))[19] ?? ''} ${boot.trim()}`
}

/** The command line of a process, or an empty string if it can't be read. */
export async function commandOf(pid: number): Promise<string> {
  if (process.platform !== 'linux') return await queryPs(pid, 'command=')
  return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ')
}

/**
 * The fields of proc(5)'s /proc/pid/stat from the third (the state) on. The second, a name, may contain spaces and ends
 * with ")".
 */
async function statOf(pid: number): Promise<string[]> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return line.slice(line.lastIndexOf(')') + 2).split(' ')
}

async function queryPs(pid: number, field: string): Promise<string> {
  if (process.platform === 'win32') return ''
  const { stdout } = await run('ps', ['-o', field, '-p', String(pid)]).catch(() => ({ stdout: '' }))
  return stdout.trim()
}
