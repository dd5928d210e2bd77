/** Filters forms. All conditions must match; omitted fields are ignored. */
export type FormFilter = Readonly<{
  /** Cal.com's event type IDs. */
  eventTypeId?: readonly number[] | null | undefined
  isActive?: boolean | null | undefined
  /** The owner's user ID. */
  ownerId?: string | null | undefined
  /** Part of the name, case-insensitive. */
  name?: string | null | undefined
}>

export type FormOrder = Readonly<{ field: 'name' | 'createdAt' | 'updatedAt'; direction: 'asc' | 'desc' }>
