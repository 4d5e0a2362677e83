import type { ExternalTaskId } from '@reelay/contracts/task'
import { expect, test } from 'vitest'
import { unsupportedBy, type Wanted } from '../src/supports.ts'
import { aDialect, builtInDialect } from './upstream.ts'

const id = 'video_1' as ExternalTaskId
const url = 'https://clips.example/1.mp4'
const clip = { type: 'video/mp4', bytes: 200_000_000 }
const png = { type: 'image/png', bytes: 1000 }
const webp = { type: 'image/webp', bytes: 1000 }
const large = { type: 'image/png', bytes: 10_000_001 }

test.each<[string, Wanted, string, string | RegExp]>([
  ['openai', { source: { id }, model: 'sora-2' }, 'model', 'is that of the earlier video'],
  ['openai', { source: { id }, seconds: '8' }, 'seconds', 'is that of the earlier video'],
  [
    'sora-relay',
    { source: { id }, size: '1280x720' },
    'size',
    'is that of the earlier video; only model can be asked for',
  ],
  ['xai', { model: 'm', seconds: '16' }, 'seconds', 'must be at most 15 for this upstream'],
  ['xai', { model: 'm', seconds: '7.5' }, 'seconds', 'must be a whole number of seconds'],
  ['xai', { model: 'm', size: '1792x1024' }, 'size', /^upstream has the resolutions 480p, 720p, 1080p and/],
  ['xai', { model: 'm', size: '3840x2160' }, 'size', /and the ratios 16:9, 9:16, .* only$/],
  ['xai', {}, 'model', 'upstream wants a model'],
  ['sglang', { source: { id } }, 'source', /by its clip or an address of its clip only$/],
  ['trtllm', { source: { url } }, 'source', /by its clip only$/],
  ['trtllm', { seconds: '61' }, 'seconds', 'must be at most 60 for this upstream'],
  ['trtllm', { seconds: 'long' }, 'seconds', 'must be a number of seconds'],
  ['vllm-omni', { model: 'wan' }, 'model', 'upstream has one model and takes no name of it'],
  ['sora-relay', { seconds: '8' }, 'model', 'upstream wants a model'],
  ['sora-relay', { model: 'm', size: '720x720' }, 'size', 'upstream has landscape and portrait only'],
  [
    'sora-relay',
    { model: 'm-portrait-10s', size: '1280x720' },
    'model',
    'm-portrait-10s says portrait, not landscape',
  ],
  ['sora-relay', { model: 'm-10s', seconds: '15' }, 'model', 'm-10s says 10, not 15'],
  ['openrouter', { source: { clip } }, 'source', /by its id only$/],
  ['bifrost', { source: { kind: 'edit', id } }, 'source', 'upstream makes no edits, only remixes'],
  ['trtllm', { source: { kind: 'extension', clip } }, 'source', 'upstream makes no extensions, only remixes'],
  [
    'litellm',
    { source: { kind: 'extension', clip } },
    'source',
    /^upstream makes an extension .* by its id only$/,
  ],
  [
    'xai',
    { source: { kind: 'edit', clip } },
    'source',
    /^upstream makes an edit .* by an address of its clip only$/,
  ],
  ['openai', { source: { kind: 'edit', id }, seconds: '8' }, 'seconds', 'is that of the earlier video'],
  [
    'openai',
    { source: { kind: 'extension', id }, seconds: '8', model: 'sora-2' },
    'model',
    'is that of the earlier video; only seconds can be asked for',
  ],
  [
    'xai',
    { source: { kind: 'extension', id }, seconds: '16' },
    'seconds',
    'must be at most 15 for this upstream',
  ],
  ['openai', { source: { kind: 'edit', id }, picture: png }, 'input_reference', /with a first video only/],
  ['trtllm', { picture: webp }, 'input_reference', 'must be image/png or image/jpeg for this upstream'],
  [
    'sora-relay',
    { model: 'm', picture: large },
    'input_reference',
    'must be at most 10000000 bytes for this upstream',
  ],
  [
    'sora-relay',
    { source: { id }, picture: large },
    'input_reference',
    'must be at most 10000000 bytes for this upstream',
  ],
  [
    'openai',
    { source: { id }, picture: png },
    'input_reference',
    'upstream takes a picture with a first video only, not with an earlier one',
  ],
  ['vllm-omni', { source: { clip }, picture: png }, 'input_reference', /with a first video only/],
  ['xai', { source: { id }, picture: png }, 'input_reference', /with a first video only/],
])('%s can’t do %j', (name, wanted, field, message) => {
  expect(unsupportedBy(builtInDialect(name), wanted)).toEqual({
    field,
    message: typeof message === 'string' ? message : expect.stringMatching(message),
  })
})

test.each<[string, Wanted]>([
  ['openai', {}],
  ['openai', { model: 'anything', size: '999x111', seconds: '60' }],
  ['openai', { source: { id } }],
  ['sora-relay', { source: { id } }],
  ['sora-relay', { source: { id }, model: 'm' }],
  ['openrouter', { source: { id }, model: 'm', size: '1280x720', seconds: '8' }],
  ['xai', { source: { url } }],
  ['xai', { source: { id } }],
  ['xai', { model: 'm', size: '1080x1920', seconds: '15' }],
  ['sglang', { source: { url, id } }],
  ['openai', { source: { kind: 'edit', id } }],
  ['openai', { source: { kind: 'extension', id }, seconds: '8' }],
  ['azure', { source: { kind: 'extension', clip }, seconds: '8' }],
  ['xai', { source: { kind: 'extension', id }, seconds: '15' }],
  ['vllm-omni', { size: '832x480' }],
  ['vllm-omni', { source: { clip } }],
  ['sglang', { source: { clip }, seconds: '8' }],
  ['openai', { source: { clip } }],
  ['openai', { picture: large }],
  ['trtllm', { picture: png }],
  ['sora-relay', { model: 'm', picture: webp }],
  ['sora-relay', { source: { id }, picture: png }],
])('%s can do %j', (name, wanted) => {
  expect(unsupportedBy(builtInDialect(name), wanted)).toBeUndefined()
})

test('an upstream of one model takes our name of it, and says which it takes', () => {
  const dialect = builtInDialect('vllm-omni')
  const models = { 'sora-2': 'wan' }
  expect(unsupportedBy(dialect, { model: 'sora-2' }, models)).toBeUndefined()
  expect(unsupportedBy(dialect, { model: 'sora-3' }, models)).toEqual({
    field: 'model',
    message: 'upstream has one model and takes no name of it: one of sora-2',
  })
})

test('what a dialect has no words for at all', () => {
  const mute = aDialect({ derive: [], fields: { seconds: { as: 'never' }, size: { as: 'never' } } })
  expect(unsupportedBy(mute, { source: { id } })).toEqual({
    field: 'source',
    message: 'upstream can’t make a video from an earlier one, only first videos',
  })
  expect(unsupportedBy(mute, { source: { kind: 'edit', id } })).toEqual({
    field: 'source',
    message: 'upstream makes no edits, only first videos',
  })
  expect(unsupportedBy(mute, { seconds: '8' })).toEqual({
    field: 'seconds',
    message: 'upstream takes no length',
  })
  const blind = aDialect({ image: { how: 'never' } })
  expect(unsupportedBy(blind, { picture: png })).toEqual({
    ...{ field: 'input_reference', message: 'upstream takes no picture' },
  })
  expect(unsupportedBy(mute, { size: '1x2' })).toEqual({ field: 'size', message: 'upstream takes no size' })
  const bounded = aDialect({ fields: { seconds: { min: 4, max: 12 } } })
  expect(unsupportedBy(bounded, { seconds: '3' })?.message).toBe('must be from 4 to 12 for this upstream')
  const long = aDialect({ fields: { seconds: { min: 4 } } })
  expect(unsupportedBy(long, { seconds: '3' })?.message).toBe('must be at least 4 for this upstream')
})
