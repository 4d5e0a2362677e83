import { expect, test } from 'vitest'
import { formatTraceparent, parseTraceparent } from '../../src/tracing/traceparent.ts'

const text = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

test('what names a span is read and written the same', () => {
  const span = parseTraceparent(text)
  expect(span).toEqual({
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    traceFlags: 1,
    isRemote: true,
  })
  expect(span && formatTraceparent(span)).toBe(text)
})

test.each([
  ['a later version', `01${text.slice(2)}-more`, 1],
  ['flags of a later version', `${text.slice(0, -2)}fe`, 0],
])('%s is read as far as we know it', (_, sent, traceFlags) => {
  expect(parseTraceparent(sent)).toMatchObject({ traceFlags })
})

test.each([
  ['nothing', ''],
  ['another text', 'canary'],
  ['an impossible version', `ff${text.slice(2)}`],
  ['a trace of zeros', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`],
  ['a span of zeros', `00-0af7651916cd43dd8448eb211c80319c-${'0'.repeat(16)}-01`],
  ['capitals', text.toUpperCase()],
  ['something behind the flags', `${text}x`],
])('%s names no span', (_, sent) => {
  expect(parseTraceparent(sent)).toBeUndefined()
})
