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
 * Says whose people a field shows, or null where it shows none. It is asked where the field has a value, with the parent
 * and the context of its resolver.
 */
export type PeopleOf = (parent: never, context: Context) => BookingPeople | null

declare global {
  // Pothos' own way for a plugin to add an option: the type parameters must be the same as where they are declared.
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
      /** The booking whose people this field names. Admins and tokens that get them are on record. */
      people?: (parent: ParentShape, context: Context) => BookingPeople | null
    }
  }
}

/** Notes for each answer whose people are in it. What is noted goes on record before the answer leaves: record-answer.ts. */
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

/** What a field was declared with; null where it shows nobody. */
export function peopleOfField({ extensions }: Pick<GraphQLField<unknown, unknown>, 'extensions'>): PeopleOf | null {
  const { people } = declaredOptionsOf({ extensions })
  return typeof people === 'function' ? (people as PeopleOf) : null // the option's type says so
}

/** Notes what a field shows, unless it is nothing, or the viewer's own in person. */
export function notePeople(peopleOf: PeopleOf, parent: unknown, context: Context, value: unknown): void {
  if (value == null || (Array.isArray(value) && value.length === 0)) return
  const people = peopleOf(parent as never, context) // each knows what its parents are
  if (people !== null) noteBooking(context, people)
}

/** Notes that a booking's people are in the answer, unless it is the viewer's own in person. */
export function noteBooking({ viewer, people }: Pick<Context, 'viewer' | 'people'>, booking: BookingPeople): void {
  if (viewer === null || (viewer.kind === 'person' && viewer.userId === booking.ownerId)) return
  people.note(viewer, booking)
}
