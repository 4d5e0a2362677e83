import { describe, expect, test } from 'vitest'
import { problemsOf } from './read.ts'

describe('a text that is no file of upstreams', () => {
  test.each([
    ['', '1:1 file: must be an object with upstreams'],
    ['# nothing\n', '1:1 file: must be an object with upstreams'],
    ['canary', '1:1 file: must be an object with upstreams'],
    ['- a', '1:1 file: must be an object with upstreams'],
    ['{}', '1:1 upstreams: is required'],
    ['upstreams:', '1:1 upstreams: is required'],
    ['upstreams: []', '1:1 upstreams: must have an upstream'],
    [
      'upstreams: [canary]',
      '1:13 upstreams[0]: must be an object with name, dialect, overrides, baseUrl, models, credentials',
    ],
    ['upstreams: {\n  - canary', '2:3 file: must have text as keys'],
    ['upstreams: [\n  canary', '2:9 file: is not indented as YAML wants it, or lacks a bracket before'],
    ['upstreams:\n\t- canary', '2:1 file: must be indented with spaces, not with tabs'],
    ['upstreams: []\n---\na: 1', '2:1 file: must be one document'],
    ['upstreams: !env canary', '1:12 file: has a tag that is not known'],
    ['? [canary]\n: 1', '1:3 file: must have text as keys'],
    ['upstreams: &a [*a]', '1:16 upstreams[0]: must be written out: aliases are not read'],
  ])('%j', (text, first) => {
    expect(problemsOf(text)[0]).toBe(`upstreams.yaml:${first}`)
  })
})

test.each([200, 3000])('%i lists in one another are too many', (depth) => {
  const [problem] = problemsOf(`upstreams: ${'['.repeat(depth)}${']'.repeat(depth)}`)
  expect(problem).toMatch(/^upstreams\.yaml:1:\d+ file: is nested too deep$/)
})

describe('a dialect of a file', () => {
  const mine = `upstreams:
  - name: one
    dialect: dialects/mine.yaml
    baseUrl: https://one.example/v1
    credentials: [{ name: a, key: sk-1 }]
  - name: two
    dialect: dialects/mine.yaml
    baseUrl: https://two.example/v1
    credentials: [{ name: a, key: sk-1 }]
`
  const withFile = (text: string, upstreams = mine) =>
    problemsOf(upstreams, { files: { 'dialects/mine.yaml': text } })

  test('that is not valid is told once, with its own lines', () => {
    expect(withFile('auth: bearer\nderive:\n  - verb: remix\n  - verb: mix\n')).toEqual([
      expect.stringMatching(/^dialects\/mine\.yaml:4:5 derive\[1\]\.verb: /),
    ])
  })

  test('that is no YAML is told where', () => {
    expect(withFile('auth: [canary\n')).toEqual([
      'dialects/mine.yaml:2:1 file: is not indented as YAML wants it, or lacks a bracket before',
    ])
  })

  test.each(['', '- canary', 'canary'])('that is no object (%j) is none', (text) => {
    expect(withFile(text)).toEqual(['dialects/mine.yaml:1:1 file: must be an object'])
  })

  test('has the problems of its overrides where these stand', () => {
    const upstreams = mine.replace('baseUrl', 'overrides: { derive: [{}] }\n    baseUrl')
    expect(withFile('poll: { floorMs: 1 }', upstreams)).toEqual([
      expect.stringMatching(/^upstreams\.yaml:4:27 upstreams\[0\]\.overrides\.derive\[0\]\.verb: /),
    ])
  })

  test('is named as it is written', () => {
    const upstreams = mine.replaceAll('dialects/', '${HOST}/')
    expect(problemsOf(upstreams)[0]).toBe(
      'upstreams.yaml:3:5 upstreams[0].dialect: names ${HOST}/mine.yaml, which is not there',
    )
    expect(problemsOf(upstreams, { files: { 'canary-host.example/mine.yaml': 'auth: 1' } })[0]).toMatch(
      /^\$\{HOST\}\/mine\.yaml:1:1 auth: /,
    )
  })
})
