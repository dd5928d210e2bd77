import { fstatSync } from 'node:fs'
import { type DestinationStream, destination } from 'pino'

/** Standard output as the log's destination. */
export type LogOutput = DestinationStream &
  Readonly<{
    /** The number of lines dropped since the start, because nobody read them or the disk was full. */
    droppedLines(): number
    /** Calls the handler with the number of lines just dropped, once lines can be written again. */
    onResumed(handler: (dropped: number) => void): void
  }>

/** Lines that can't be written are kept up to this size, and dropped beyond it. */
const maxBufferedBytes = 1_048_576

/** Opens standard output. Writing to it never blocks and never throws. */
export function createLogOutput(): LogOutput {
  // Errors of a stream without a listener end the process.
  process.stdout.on('error', ignore)
  let dropped = 0
  let reported = 0
  let resumed: (dropped: number) => void = ignore
  const drop = () => {
    dropped += 1
  }
  const resume = () => {
    const unreported = dropped - reported
    reported = dropped
    if (unreported > 0) resumed(unreported)
  }
  const write = isPipe(1) ? pipeWriter(drop, resume) : fileWriter(drop, resume)
  return {
    write,
    droppedLines: () => dropped,
    onResumed(handler) {
      resumed = handler
    },
  }
}

/** Node writes to pipes and sockets without blocking, and buffers what they don't take. */
function pipeWriter(drop: () => void, resume: () => void) {
  const { stdout } = process
  stdout.on('drain', resume)
  return (line: string) => {
    if (!stdout.writable || stdout.writableLength + line.length > maxBufferedBytes) return drop()
    stdout.write(line, (error) => {
      if (error) drop()
    })
  }
}

/** Files and terminals. After an error, such as a full disk, the next line tries again. */
function fileWriter(drop: () => void, resume: () => void) {
  const file = destination({ fd: 1, sync: true, maxLength: maxBufferedBytes, retryEAGAIN: () => false })
  file.on('error', ignore)
  file.on('drop', drop)
  file.on('drain', resume)
  return (line: string) => void file.write(line)
}

function isPipe(fd: number): boolean {
  const stats = fstatSync(fd)
  return stats.isFIFO() || stats.isSocket()
}

function ignore(): void {}
