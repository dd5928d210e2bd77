import { z } from 'zod'
import { wholeNumber } from './whole-number.ts'

/** The variables that say how much open sockets and streams may ask for. */
export const streamVariables = {
  LIMIT_STREAMS_PER_USER: wholeNumber(1, 1_000_000).default(100),
  LIMIT_SUBSCRIPTIONS_PER_SOCKET: wholeNumber(1, 10_000).default(50),
  LIMIT_SOCKET_MESSAGES: wholeNumber(1, 100_000).default(50),
  LIMIT_SOCKET_INIT_MS: wholeNumber(100, 60_000).default(3_000),
  LIMIT_SOCKET_SILENCE_MS: wholeNumber(100, 600_000).default(30_000),
  LIMIT_UNREAD_BYTES: wholeNumber(65_536, 64 * 1_024 * 1_024).default(1_024 * 1_024),
  LIMIT_UNREAD_MS: wholeNumber(100, 600_000).default(10_000),
} as const

export type StreamLimits = Readonly<{
  /** Sockets and event streams that one user may hold open at a time, on one node. */
  perUser: number
  /** Operations that one socket may have under way at a time. */
  subscriptionsPerSocket: number
  /** Messages a second that one socket may send for long; five times as many in a burst. */
  messagesPerSecond: number
  /** How long a socket may take to say who it is. */
  initMs: number
  /** How often a socket is asked whether it still lives; one that has not said so by the next time is gone. */
  silenceMs: number
  /** Bytes that may wait in memory for one reader. */
  unreadBytes: number
  /** How long a reader may take nothing in while something waits for it. */
  unreadMs: number
}>

const streamSchema = z.object(streamVariables)

/** The limits of streams out of checked variables. */
export function streamLimitsOf(given: z.output<typeof streamSchema>): StreamLimits {
  return {
    perUser: given.LIMIT_STREAMS_PER_USER,
    subscriptionsPerSocket: given.LIMIT_SUBSCRIPTIONS_PER_SOCKET,
    messagesPerSecond: given.LIMIT_SOCKET_MESSAGES,
    initMs: given.LIMIT_SOCKET_INIT_MS,
    silenceMs: given.LIMIT_SOCKET_SILENCE_MS,
    unreadBytes: given.LIMIT_UNREAD_BYTES,
    unreadMs: given.LIMIT_UNREAD_MS,
  }
}
