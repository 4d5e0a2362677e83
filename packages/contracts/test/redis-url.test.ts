import { describe, expect, test } from 'vitest'
import { readRedisUrl } from '../src/redis-url.ts'

describe('a Redis may be', () => {
  test.each<[string, object]>([
    ['redis://h', { host: 'h', port: 6379, db: 0 }],
    ['redis://h/', { db: 0 }],
    ['redis://h:6380/3', { port: 6380, db: 3 }],
    ['redis://h?db=2', { db: 2 }],
    ['redis://:p%25@h', { password: 'p%' }],
    ['redis://u:p:q@h', { username: 'u', password: 'p:q' }],
    ['redis://[::1]:6380', { host: '::1', port: 6380 }],
    ['rediss://u:p@h', { tls: {} }],
  ])('%s', (url, expected) => {
    const { address, problems } = readRedisUrl(url)
    expect(problems).toEqual([])
    expect(address).toMatchObject(expected)
  })
})

describe('a Redis may not be', () => {
  test.each<[string, RegExp]>([
    ['', /redis:\/\//],
    ['http://h', /must be a redis:\/\/ or rediss:\/\/ URL/],
    ['unix:///sock', /must be a redis:\/\/ or rediss:\/\/ URL/],
    ['h:6379', /must be a redis:\/\/ or rediss:\/\/ URL/],
    ['redis://', /name a host/],
    ['redis://u:secret@', /name a host/],
    ['redis://secret@h', /after a colon/],
    ['redis://:secret100%@h', /% .*%25/],
    ['redis://:secret/x@h', /percent-encoded/],
    ['redis://:secret#x@h', /percent-encoded/],
    ['redis://h/abc', /by its number/],
    ['redis://h/-1', /by its number/],
    ['redis://h/1.5', /by its number/],
    ['redis://h/0/1', /percent-encoded/],
    ['redis://h:99999', /port from 1 to 65535/],
    ['redis://h:0', /port from 1 to 65535/],
    ['redis://h:abc', /name a host/],
    ['redis://a:1,b:2', /name a host/],
    ['redis://h?commandTimeout=0', /other parameters/],
  ])('%s', (url, problem) => {
    const { problems } = readRedisUrl(url)
    expect(problems.join()).toMatch(problem)
    expect(problems.join()).not.toContain('secret')
  })
})
