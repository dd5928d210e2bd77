import SchemaBuilder, {
  BasePlugin,
  type FieldNullability,
  type InputFieldMap,
  type SchemaTypes,
  type TypeParam,
} from '@pothos/core'
import { defaultFieldResolver, type GraphQLField, type GraphQLSchema, isObjectType } from 'graphql'
import type { BookingPeople } from '../../core/audit/read/people-read.ts'
import type { Context } from './context.ts'
import { declaredOptionsOf } from './declared-options.ts'

/**
 * Returns the booking whose people a field shows, or null if it shows none. Called only if the field has a value, with
 * the parent and the context of its resolver.
 */
export type PeopleOf = (parent: never, context: Context) => BookingPeople | null

declare global {
  // Pothos plugins add options by declaration merging: the type parameters must match the original declarations.
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends SchemaTypes> {
      people: PeoplePlugin<Types>
    }

    export interface FieldOptions<
      Types extends SchemaTypes = SchemaTypes,
      ParentShape = unknown,
      Type extends TypeParam<Types> = TypeParam<Types>,
      Nullable extends FieldNullability<Type> = FieldNullability<Type>,
      Args extends InputFieldMap = InputFieldMap,
      ResolveShape = unknown,
      ResolveReturnShape = unknown,
    > {
      /** The booking whose people this field names. Reads by admins and tokens are recorded in the audit log. */
      people?: (parent: ParentShape, context: Context) => BookingPeople | null
    }
  }
}

/**
 * Collects the bookings whose people a response shows. record-answer.ts records them in the audit log before the
 * response is sent.
 */
class PeoplePlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override afterBuild(schema: GraphQLSchema): GraphQLSchema {
    for (const type of Object.values(schema.getTypeMap())) {
      if (!isObjectType(type)) continue
      for (const field of Object.values(type.getFields())) {
        const peopleOf = peopleOfField(field)
        if (peopleOf === null) continue
        const resolve = field.resolve ?? defaultFieldResolver
        field.resolve = (parent, args, context: Context, info) => {
          const value: unknown = resolve(parent, args, context, info)
          const note = (found: unknown) => {
            notePeople(peopleOf, parent, context, found)
            return found
          }
          return value instanceof Promise ? value.then(note) : note(value)
        }
      }
    }
    return schema
  }
}

SchemaBuilder.registerPlugin('people', PeoplePlugin)

/** The `people` option of a field, or null if it has none. */
export function peopleOfField({ extensions }: Pick<GraphQLField<unknown, unknown>, 'extensions'>): PeopleOf | null {
  const { people } = declaredOptionsOf({ extensions })
  return typeof people === 'function' ? (people as PeopleOf) : null // the option's type
}

/** Records in the context what a field shows, unless it is empty or the viewer is the owner and signed in. */
export function notePeople(peopleOf: PeopleOf, parent: unknown, context: Context, value: unknown): void {
  if (value == null || (Array.isArray(value) && value.length === 0)) return
  const people = peopleOf(parent as never, context) // the function's type is that of the field's parent
  if (people !== null) noteBooking(context, people)
}

/** Records in the context that the response shows a booking's people, unless the viewer is the owner and signed in. */
export function noteBooking({ viewer, people }: Pick<Context, 'viewer' | 'people'>, booking: BookingPeople): void {
  if (viewer === null || (viewer.kind === 'person' && viewer.userId === booking.ownerId)) return
  people.note(viewer, booking)
}
