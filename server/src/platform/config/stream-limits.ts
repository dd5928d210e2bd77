import { z } from 'zod'
import { integerBetween } from './whole-number.ts'

/** The variables that limit open sockets and streams. */
export const streamVariables = {
  LIMIT_STREAMS_PER_USER: integerBetween(1, 1_000_000).default(100),
  LIMIT_SUBSCRIPTIONS_PER_SOCKET: integerBetween(1, 10_000).default(50),
  LIMIT_SOCKET_MESSAGES: integerBetween(1, 100_000).default(50),
  LIMIT_SOCKET_INIT_MS: integerBetween(100, 60_000).default(3_000),
  LIMIT_SOCKET_SILENCE_MS: integerBetween(100, 600_000).default(30_000),
  LIMIT_UNREAD_BYTES: integerBetween(65_536, 64 * 1_024 * 1_024).default(1_024 * 1_024),
  LIMIT_UNREAD_MS: integerBetween(100, 600_000).default(10_000),
} as const

export type StreamLimits = Readonly<{
  /** Sockets and event streams that one user may hold open at a time, per node. */
  perUser: number
  /** Operations that one socket may run at a time. */
  subscriptionsPerSocket: number
  /** Sustained messages per second on one socket; bursts may reach five times as many. */
  messagesPerSecond: number
  /** How long a socket may take to authenticate. */
  initMs: number
  /** The ping interval; a socket that hasn't answered by the next ping is closed. */
  pingIntervalMs: number
  /** The maximum number of bytes buffered for one reader. */
  maxBufferedBytes: number
  /** How long a reader may stop reading while data is buffered for it. */
  maxBufferedMs: number
}>

const streamSchema = z.object(streamVariables)

/** Builds the limits of streams from validated variables. */
export function streamLimitsOf(variables: z.output<typeof streamSchema>): StreamLimits {
  return {
    perUser: variables.LIMIT_STREAMS_PER_USER,
    subscriptionsPerSocket: variables.LIMIT_SUBSCRIPTIONS_PER_SOCKET,
    messagesPerSecond: variables.LIMIT_SOCKET_MESSAGES,
    initMs: variables.LIMIT_SOCKET_INIT_MS,
    pingIntervalMs: variables.LIMIT_SOCKET_SILENCE_MS,
    maxBufferedBytes: variables.LIMIT_UNREAD_BYTES,
    maxBufferedMs: variables.LIMIT_UNREAD_MS,
  }
}
