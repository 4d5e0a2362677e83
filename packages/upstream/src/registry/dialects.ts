import { builtIn, builtInNames } from '../dialect/built-in.ts'
import type { Dialect } from '../dialect/dialect.ts'
import { readDialect, withOverrides } from '../dialect/read-dialect.ts'
import type { Dialects } from './named-dialect.ts'

export const dialects: Dialects<Dialect> = {
  names: builtInNames,
  read: (source, overrides) =>
    readDialect(withOverrides('name' in source ? builtIn.get(source.name) : source.data, overrides)),
}
