import { builtIn, builtInNames } from '../dialect/built-in.ts'
import type { Dialect } from '../dialect/dialect.ts'
import { readDialect, withOverrides } from '../dialect/read-dialect.ts'
import type { Dialects } from './named-dialect.ts'

/** The dialects that a registry may name: those built in, and those of files. */
export const dialects: Dialects<Dialect> = {
  names: builtInNames,
  read: (source, overrides) =>
    readDialect(withOverrides('name' in source ? builtIn.get(source.name) : source.data, overrides)),
}
