import { z } from 'zod'
import { Secret } from '../secret.ts'

/** The URL of a mail server, including credentials. */
export const smtpUrl = z
  .string()
  .refine((text) => {
    const url = URL.parse(text)
    // A stray % in the password would be an invalid escape.
    const isEscaped = /^(?:[^%]|%[0-9a-f]{2})*$/i.test(`${url?.username}${url?.password}`)
    return url !== null && /^smtps?:$/.test(url.protocol) && url.hostname !== '' && isEscaped
  }, 'must look like smtp://user:password@host:587 or smtps://user:password@host:465')
  .transform((text) => new Secret(text))

/** The sender of mail: an address, with or without a name. */
export const mailFrom = z
  .string()
  .regex(
    /^([^<>\p{Cc}]+ )?<[^\s<>@]+@[^\s<>@]+>$|^[^\s<>@]+@[^\s<>@]+$/u,
    'must be an address such as ChurchHub <hub@church.example>',
  )
