import { beforeEach, expect, test, vi } from 'vitest'
import { draftOf, forgetOthersDrafts, keepDraft } from '../../src/data/drafts.ts'
import { endSession, type Session, signIn } from '../../src/session/session.ts'

beforeEach(() => {
  const kept = new Map<string, string>()
  vi.stubGlobal('sessionStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, text: string) => void kept.set(key, text),
  })
  signIn(sessionOf('one'))
})

test('what was typed outlives a session that ends', () => {
  keepDraft('new', { prompt: 'a long story' })
  endSession('token of one')
  signIn(sessionOf('one'))
  expect(draftOf('new')).toEqual({ prompt: 'a long story' })
  expect(draftOf('remix of another')).toBeUndefined()
})

test('what was sent is kept no longer', () => {
  keepDraft('new', { prompt: 'a long story' })
  keepDraft('new', undefined)
  expect(draftOf('new')).toBeUndefined()
})

test('what one account has typed is gone for the next', () => {
  keepDraft('new', { prompt: 'a long story' })
  signIn(sessionOf('another'))
  expect(draftOf('new')).toBeUndefined()
  forgetOthersDrafts()
  signIn(sessionOf('one'))
  expect(draftOf('new')).toBeUndefined()
})

function sessionOf(id: string): Session {
  const user = { id, username: id, email: `${id}@example.org`, role: 'USER' as const }
  return { token: `token of ${id}`, expiresAt: Number.MAX_SAFE_INTEGER, user }
}
