import { LinkifyIt } from 'linkify-it'
import { type Span, spanOf, spansMatching } from './spans.ts'

const linkify = new LinkifyIt({ fuzzyLink: true, fuzzyEmail: true, fuzzyIP: true })

const email = /(?<![\p{L}\p{N}._%+'-])[\p{L}\p{N}._%+'-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*/gu
// "anna at example dot org", "anna [at] example (dot) org"
const spelledEmail =
  /(?<![\p{L}\p{N}._-])[\p{L}\p{N}._-]{1,64}(?:\s+(?:dot|underscore|dash)\s+[\p{L}\p{N}]{1,64}){0,6}\s*(?:[([{<]\s*at\s*[)\]}>]|\s+at\s+)\s*[\p{L}\p{N}-]+(?:\s*(?:[([{<]\s*dot\s*[)\]}>]|\s+dot\s+|\.)\s*[\p{L}\p{N}-]{2,})+/giu
// "anna @ example . com", and "anna at gmail", where the rest is well known
const spacedEmail =
  /(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}._%+-]{1,64}(?:\s\.\s[\p{L}\p{N}_-]{1,64}){0,4}\s{0,2}@\s{0,2}[\p{L}\p{N}-]{1,63}(?:(?:\s\.\s|\.)[\p{L}\p{N}-]{2,63}){1,4}/gu
const knownMailProvider =
  /(?<![\p{L}\p{N}._-])[\p{L}\p{N}._-]{1,64}(?:\s+(?:dot|underscore|dash)\s+[\p{L}\p{N}]{1,64}){0,6}\s+at\s+(?:gmail|googlemail|hotmail|outlook|yahoo|icloud|gmx|web\.de|proton(?:mail)?|yandex)\b/giu
const tagged = /(?<![\p{L}\p{N}._])[\p{L}\p{N}_.]{2,32}#\d{4}(?!\d)/gu
const address = /\b(?:[a-z][a-z0-9+.-]{1,20}:\/\/|mailto:|tel:|skype:|sms:|www\.)[^\s<>"”’)]+/giu
const handle = /(?<![\p{L}\p{N}.])@[\p{L}\p{N}_.]{2,}(?<![.])/gu
// An account named with its service: "my insta is anna.kow", "Telegram: kow_anna"
const account =
  /\b(?:insta(?:gram)?|facebook|fb|whats ?app|telegram|signal|snap(?:chat)?|tik ?tok|twitter|skype|discord|wechat|line id|venmo|pay ?pal|linkedin|user ?name|handle)(?: (?:id|name|account|handle|user))*\s*(?:[:=@]|\bis\b)\s*(?<told>[\p{L}\p{N}_.#-]*[\p{N}_.#][\p{L}\p{N}_.#-]*)/giu

/** Finds email addresses (also spelled out), links, handles and named accounts. */
export function findContacts(text: string): Span[] {
  const linked = (linkify.match(text) ?? []).map(({ index, lastIndex, schema }) =>
    spanOf(text, index, lastIndex, schema === 'mailto:' ? 'EMAIL' : 'LINK'),
  )
  return [
    ...spansMatching(text, email, 'EMAIL'),
    ...spansMatching(text, spelledEmail, 'EMAIL'),
    ...spansMatching(text, spacedEmail, 'EMAIL'),
    ...spansMatching(text, knownMailProvider, 'EMAIL'),
    ...spansMatching(text, tagged, 'LINK'),
    ...spansMatching(text, address, 'LINK'),
    ...linked,
    ...spansMatching(text, handle, 'LINK'),
    ...spansMatching(text, account, 'LINK'),
  ]
}
