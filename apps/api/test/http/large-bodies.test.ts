import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cutLongText, textOf } from '../../src/http/long-text.ts'
import { aFile, aForm, aPng, dataUrl, fixture, MIB, prompt, traces } from '../support/pictures.ts'
import { buildTestApp, type TestApp, type TestUser } from '../support/test-app.ts'

const json = { 'content-type': 'application/json' }
const picture = dataUrl(aPng(MIB))

let api: TestApp
let user: TestUser
beforeAll(async () => {
  api = await buildTestApp()
  user = await api.aUser()
})
afterAll(() => api.stop())

const create = (payload: object | string | Buffer, headers = json) =>
  user.post('/api/video/tasks', payload, headers)

describe('a body of more than 512 KiB', () => {
  test.each([
    ['in the middle', `{"prompt":"a cat","input_reference":"${picture}","metadata":{"shot":3}}`],
    ['before all else', `{"input_reference":"${picture}","prompt":"a \\"cat\\""}`],
    [
      'behind text that looks like it',
      `{"prompt":"\\"input_reference\\":\\\\","input_reference":"${picture}"}`,
    ],
    [
      'with all of its slashes escaped',
      `{"prompt":"a","input_reference":"${picture.replaceAll('/', '\\/')}"}`,
    ],
    ['in code points', `{"prompt":"a","input_reference":"${picture.replaceAll('e', '\\u0065')}"}`],
    ['with spaces around it', `{"prompt":"a" , \n"input_reference"\t: "${picture}" }`],
  ])('is taken with a picture %s', async (_, body) => {
    const answer = await create(body)
    expect(answer.statusCode).toBe(202)
    const { metadata } = await api.row(answer.json().data.videoId)
    expect(metadata.input_reference).toMatchObject({ bytes: MIB, type: 'image/png' })
  })

  const long = 'x'.repeat(600 * 1024)
  test.each([
    ['without a picture', JSON.stringify({ prompt: long })],
    ['with much beside its picture', JSON.stringify({ prompt: long, input_reference: picture })],
    ['with a picture under another name', JSON.stringify({ prompt: 'a', image: picture })],
    [
      'with a picture in its metadata',
      JSON.stringify({ prompt: 'a', metadata: { input_reference: picture } }),
    ],
    ['that is a text', JSON.stringify(picture)],
    ['that is a list', JSON.stringify([picture])],
    ['of lists', `{"input_reference":[${'[],'.repeat(9 * MIB)}[]]}`],
    ['of quotes', `{"input_reference":"${'\\"'.repeat(12 * MIB)}"}`],
    ['of texts', `[${'"",'.repeat(9 * MIB)}""]`],
    ['of quotes that nothing closes', `{"prompt":"a","input_reference":"${'\\"'.repeat(12 * MIB)}`],
    ['of backslashes', `{"prompt":"a","input_reference":"${'\\\\'.repeat(12 * MIB)}\\"`],
    ['that is a text without an end', `{"prompt":"a","input_reference":"${'A'.repeat(20 * MIB)}`],
  ])('is refused %s', async (_, body) => {
    const before = await traces(api)
    const answer = await create(body)
    expect(answer.statusCode).toBe(413)
    expect(answer.json().code).toBe('payload_too_large')
    expect(await traces(api)).toEqual(before)
  })

  test.each([
    [
      'two pictures',
      `{"prompt":"a","input_reference":"a","input_reference":"${picture}"}`,
      'input_reference',
    ],
    ['a picture and no JSON', `{"prompt":"a","input_reference":"${picture}"`, 'body'],
    ['a picture with a broken escape', `{"prompt":"a","input_reference":"${picture}\\x"}`, 'body'],
    ['a picture and an unknown field', `{"prompt":"a","colour":1,"input_reference":"${picture}"}`, 'colour'],
    ['a long text that is no picture', `{"prompt":"a","input_reference":"${long}"}`, 'input_reference'],
    ['a long address', `{"prompt":"a","input_reference":"https://${long}"}`, 'input_reference'],
  ])('with %s is refused by name', async (_, body, field) => {
    const before = await traces(api)
    const answer = await create(body)
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({ code: 'invalid_request', details: [{ field }] })
    expect(await traces(api)).toEqual(before)
  })

  test('is taken in chunks, too', async () => {
    const body = JSON.stringify({ prompt: 'a cat', input_reference: picture })
    const answer = await fetch(`${await api.listen()}/api/video/tasks`, {
      method: 'POST',
      headers: { ...json, authorization: `Bearer ${user.token}` },
      body: new Blob([body]).stream(),
      duplex: 'half',
    })
    expect(answer.status).toBe(202)
  })

  test('is refused where no picture is taken', async () => {
    const path = '/api/video/tasks/recover'
    const answer = await user.post(path, { clientRequestIds: [], input_reference: picture })
    expect(answer.statusCode).toBe(413)
  })

  test('is refused as a form with much beside its file', async () => {
    const file = aFile(fixture('rgba.png'))
    for (const parts of [
      [{ name: 'prompt', value: long }, file],
      [file, { name: 'prompt', value: long }],
      [prompt, { ...file, file: long }],
      [{ name: 'input_reference', value: picture }, prompt],
    ]) {
      const before = await traces(api)
      const { payload, headers } = aForm(...parts)
      const answer = await create(payload, headers)
      expect(answer.statusCode).toBeOneOf([400, 413])
      expect(await traces(api)).toEqual(before)
    }
  })
})

test('whatever JSON holds, it is the same with its long text cut out and put back', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 20 })
  const long = fc.stringMatching(/^[ -~]{200,300}$/)
  fc.assert(
    fc.property(fc.dictionary(text, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 }), long, (body, value) => {
      const whole = { ...body, file: value }
      const bytes = Buffer.from(JSON.stringify(whole))
      const cut = cutLongText(bytes, bytes.length - 200)
      // Quotes that are escaped are none of a picture's.
      if (!cut) return value.includes('"') || JSON.stringify(body).length > 150
      const rest = JSON.parse(cut.rest.toString())
      const put = (inner: unknown) => (inner === cut.mark ? textOf(cut.text) : inner)
      expect(Object.fromEntries(Object.entries(rest).map(([key, inner]) => [key, put(inner)]))).toEqual(whole)
      return true
    }),
  )
})
