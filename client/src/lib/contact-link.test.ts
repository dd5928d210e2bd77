import { describe, expect, test } from 'vitest'
import { mailLink, phoneLink } from './contact-link.ts'

describe('an email address', () => {
  test('is a mailto link', () => {
    expect(mailLink('miriam@people.example')).toEqual({
      label: 'miriam@people.example',
      href: 'mailto:miriam@people.example',
    })
    expect(mailLink('12345678@post.example').href).toBe('mailto:12345678@post.example')
  })

  test.each(['491701234567@sms.cal.com', '+491701234567@sms.cal.com', '+491701234567@gateway.example'])(
    'that encodes a phone number is that number: %s',
    (email) => {
      expect(mailLink(email)).toEqual({ label: '+491701234567', href: 'tel:+491701234567' })
    },
  )

  test('adds nothing to the mail', () => {
    expect(mailLink('a?cc=other&body=b@people.example').href).toBe('mailto:a%3Fcc%3Dother%26body%3Db@people.example')
  })

  test('is no link if it is invalid', () => {
    expect(mailLink('javascript:alert(1)')).toEqual({ label: 'javascript:alert(1)', href: null })
    expect(mailLink('a@b@c.example').href).toBeNull()
  })
})

describe('a phone number', () => {
  test('is a tel link, shown as given', () => {
    expect(phoneLink('+49 (170) 123-4567')).toEqual({ label: '+49 (170) 123-4567', href: 'tel:+491701234567' })
    expect(phoneLink('0170 1234567').href).toBe('tel:01701234567')
  })

  test('is no link if it is invalid', () => {
    expect(phoneLink('ask at the desk')).toEqual({ label: 'ask at the desk', href: null })
    expect(phoneLink('+12').href).toBeNull()
  })
})
