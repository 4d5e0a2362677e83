import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { EnvironmentError, parseEnvironment } from '../src/environment.ts'
import { mediaConfigOf, mediaEnvironment, mediaProblems } from '../src/media-environment.ts'

const Environment = z.object(mediaEnvironment)
const s3 = {
  MEDIA_S3_ENDPOINT: 'http://localhost:9000',
  MEDIA_S3_BUCKET: 'clips',
  MEDIA_S3_ACCESS_KEY_ID: 'id',
  MEDIA_S3_SECRET_ACCESS_KEY: 'secret\n',
}

test('pictures and clips are kept in a folder by default', () => {
  const env = parseEnvironment(Environment, {})
  expect(env.MEDIA_REDIRECT).toBe('off')
  expect(mediaProblems(env)).toEqual([])
  expect(mediaConfigOf(env)).toEqual({ folder: '.local/media' })
})

test('a bucket takes their place', () => {
  const env = parseEnvironment(Environment, { ...s3, MEDIA_DIR: '/media', MEDIA_REDIRECT: 'on' })
  expect(mediaProblems(env)).toEqual([])
  expect(mediaConfigOf(env)).toEqual({
    s3: {
      endpoint: 'http://localhost:9000',
      region: 'us-east-1',
      bucket: 'clips',
      accessKeyId: 'id',
      secretAccessKey: 'secret',
    },
  })
})

test.each(Object.keys(s3))('%s is missing where the others are set', (name) => {
  const env = parseEnvironment(Environment, { ...s3, [name]: '' })
  expect(mediaProblems(env)).toEqual([{ name, message: 'is required' }])
})

test('all that is missing is named at once', () => {
  const env = parseEnvironment(Environment, { MEDIA_S3_BUCKET: 'clips', MEDIA_REDIRECT: 'on' })
  expect(mediaProblems(env).map(({ name }) => name)).toEqual([
    'MEDIA_S3_ENDPOINT',
    'MEDIA_S3_ACCESS_KEY_ID',
    'MEDIA_S3_SECRET_ACCESS_KEY',
  ])
})

test('only S3 can be redirected to', () => {
  const env = parseEnvironment(Environment, { MEDIA_REDIRECT: 'on' })
  expect(mediaProblems(env)).toEqual([{ name: 'MEDIA_REDIRECT', message: 'needs MEDIA_S3_ENDPOINT' }])
})

describe('what is wrong by itself is told without its value', () => {
  test.each<[string, string, RegExp]>([
    ['MEDIA_S3_ENDPOINT', 'localhost:9000', /http or https URL/],
    ['MEDIA_S3_ENDPOINT', 'http://me:hush@localhost', /must not carry/],
    ['MEDIA_S3_REGION', 'eu west', /letters, digits/],
    ['MEDIA_S3_BUCKET', 'ab', /3 to 63/],
    ['MEDIA_S3_BUCKET', 'Clips', /3 to 63/],
    ['MEDIA_S3_BUCKET', 'clips/hush', /3 to 63/],
    ['MEDIA_S3_BUCKET', 'a'.repeat(64), /3 to 63/],
    ['MEDIA_REDIRECT', 'yes', /one of on, off/],
  ])('%s=%s', (name, value, problem) => {
    const parse = () => parseEnvironment(Environment, { ...s3, [name]: value })
    expect(parse).toThrow(EnvironmentError)
    expect(parse).toThrow(new RegExp(`${name}: .*${problem.source}`))
    expect(parse).not.toThrow(/hush/)
  })
})
