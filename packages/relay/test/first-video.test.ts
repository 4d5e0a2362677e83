import { expect, test } from 'vitest'
import { firstVideoOf } from '../src/first-video.ts'
import { aRegistry } from './open-relay.ts'

const upstreams = { registry: aRegistry({ fields: { seconds: { min: 4, max: 15 } } }) }
const asked = { prompt: 'a red kite', metadata: {} }

test('what an upstream can make is accepted as it is', () => {
  const wanted = { ...asked, model: 'sora-2', size: '1280x720', seconds: '8' }
  expect(firstVideoOf(wanted, { upstreams })).toEqual(wanted)
})

test('a chosen upstream is kept', () => {
  expect(firstVideoOf({ ...asked, upstream: 'default' }, { upstreams })).toEqual({
    ...asked,
    pinnedTo: 'default',
  })
})

test.each([
  [{ upstream: 'nowhere' }, 'upstream_not_found', undefined],
  [
    { seconds: '60' },
    'not_supported_upstream',
    [{ field: 'seconds', message: expect.stringContaining('15') }],
  ],
])('%j is turned down', (more, code, details) => {
  let refusal: unknown
  try {
    firstVideoOf({ ...asked, ...more }, { upstreams })
  } catch (error) {
    refusal = error
  }
  expect(refusal).toMatchObject({ code, details })
})
