/** What a list of forms is narrowed to. What is left out does not narrow. */
export type FormFilter = Readonly<{
  /** Cal.com's ids. */
  eventTypeId?: readonly number[] | null | undefined
  isActive?: boolean | null | undefined
  /** A user's id. */
  ownerId?: string | null | undefined
  /** Part of a name, in any case. */
  name?: string | null | undefined
}>

export type FormOrder = Readonly<{ field: 'name' | 'createdAt' | 'updatedAt'; direction: 'asc' | 'desc' }>
