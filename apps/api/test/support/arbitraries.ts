import fc from 'fast-check'

/** Text that somebody may send, with what is odd in it. */
export const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme', maxLength: 400 }),
  fc.constantFrom(
    '',
    ' ',
    '\u0000',
    '\ud800',
    '__proto__',
    "' or 1=1 --",
    '%00',
    '../..',
    '16:9',
    '1280x720',
    '8',
  ),
)
export const anything = fc.oneof(
  { maxDepth: 3 },
  fc.jsonValue(),
  text,
  fc.double(),
  fc.array(text, { maxLength: 5 }),
)

/** JSON of objects that are nearly right: each field may be fine, odd or absent, beside fields that nobody knows. */
export function nearly(fields: Record<string, fc.Arbitrary<unknown>>) {
  const known = fc.record(
    Object.fromEntries(
      Object.entries(fields).map(([name, good]) => [
        name,
        fc.oneof({ weight: 4, arbitrary: good }, { weight: 1, arbitrary: anything }),
      ]),
    ),
    { requiredKeys: [] },
  )
  const unknown = fc.oneof(
    { weight: 6, arbitrary: fc.constant({}) },
    fc.dictionary(text, anything, { maxKeys: 2 }),
  )
  const object = fc.tuple(known, unknown).map(([a, b]) => ({ ...b, ...a }))
  return fc.oneof({ weight: 8, arbitrary: object }, anything).map((body) => JSON.stringify(body) ?? 'null')
}
