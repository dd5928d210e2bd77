import { describe, expect, test } from 'vitest'
import {
  affectedMessage,
  areasOf,
  changedText,
  fieldValue,
  inputOf,
  isRetention,
  noneAffected,
  type Setting,
  titleOf,
  valueText,
} from './model.ts'

const setting = (overrides: Partial<Setting> = {}): Setting => ({
  key: 'summaries.retentionDays',
  kind: 'WHOLE_NUMBER',
  meaning: '',
  value: null,
  defaultValue: 90,
  least: 1,
  most: 3_650,
  isSet: false,
  isEncrypted: false,
  description: null,
  updatedAt: null,
  updatedBy: null,
  ...overrides,
})
const key = (overrides: Partial<Setting> = {}) =>
  setting({ key: 'ai.openai.apiKey', kind: 'TEXT', defaultValue: null, isEncrypted: true, ...overrides })

describe('a setting', () => {
  test('shows its value, or its default if unset', () => {
    expect(valueText(setting())).toBe('90 (default)')
    expect(valueText(setting({ isSet: true, value: 30 }))).toBe('30')
    expect(valueText(setting({ defaultValue: null }))).toBe('Not set')
    expect(valueText(setting({ isSet: true, value: 'http://10.0.0.7/v1' }))).toBe('http://10.0.0.7/v1')
  })

  test('that is encrypted shows only whether it is set, and leaves its field empty', () => {
    expect(valueText(key())).toBe('Not set')
    expect(valueText(key({ isSet: true }))).toBe('Set, encrypted')
    expect(fieldValue(key({ isSet: true, value: 'never' }))).toBe('')
  })

  test('of a newer server shows its key', () => {
    expect(titleOf(setting({ key: 'something.new' }))).toBe('something.new')
    expect(areasOf([setting({ key: 'something.new' })]).map(({ settings }) => settings.length)).toEqual([1])
  })

  test('says who set it and when', () => {
    const now = new Date(2026, 10, 24)
    const updatedAt = new Date(2026, 10, 22, 12).toISOString()
    expect(changedText(setting(), now)).toBeNull()
    expect(changedText(setting({ updatedAt, updatedBy: { id: 'u', name: 'Ada' } }), now)).toMatch(/^Set by Ada, /)
    expect(changedText(setting({ updatedAt }), now)).toMatch(/^Set, /)
  })
})

describe('the typed value', () => {
  test('is sent as a number for a numeric setting, and unchanged if it is not one', () => {
    expect(inputOf(setting(), { value: ' 30 ', description: '' })).toEqual({
      key: 'summaries.retentionDays',
      value: 30,
      description: null,
    })
    expect(inputOf(setting(), { value: 'a month', description: ' why ' })).toMatchObject({
      value: 'a month',
      description: 'why',
    })
    expect(inputOf(key(), { value: '12345678' })).toMatchObject({ value: '12345678' })
  })
})

describe('a shorter retention', () => {
  test('applies to settings that limit how long something is stored', () => {
    expect(isRetention({ key: 'people.retentionDays' })).toBe(true)
    expect(isRetention({ key: 'audit.retentionMonths' })).toBe(true)
    expect(isRetention({ key: 'church.timeZone' })).toBe(false)
  })

  test('says what it deletes, and omits what it does not', () => {
    expect(affectedMessage(noneAffected)).toEqual([])
    expect(affectedMessage({ total: 15, bookings: 12, deliveries: 1, summaries: 2, auditMonths: 0 })).toEqual([
      'Names or answers of 12 bookings',
      '1 delivery from Cal.com',
      '2 summaries, now or sooner than planned',
    ])
    expect(affectedMessage({ ...noneAffected, total: 2, bookings: 1, auditMonths: 1 })).toEqual([
      'Names or answers of 1 booking',
      '1 month of the audit log',
    ])
  })
})
