import { expect, test } from 'vitest'
import {
  endSession,
  hasEnded,
  type Session,
  session,
  sessionOf,
  signIn,
  signOut,
} from '../../src/session/session.ts'

const now = Date.UTC(2026, 0, 1)
const kept: Session = {
  token: 'a-token',
  expiresAt: now + 1000,
  user: { id: '1', username: 'testuser', email: 'testuser@example.org', role: 'USER' },
}

test('a session that was kept is used until its time is over', () => {
  expect(sessionOf(JSON.stringify(kept), now)).toEqual(kept)
  expect(sessionOf(JSON.stringify(kept), now + 1000)).toBeUndefined()
})

test.each([null, '', 'nonsense', 'null', '7', '{}', JSON.stringify({ ...kept, token: 7 })])(
  '%s is no session',
  (text) => {
    expect(sessionOf(text, now)).toBeUndefined()
  },
)

test('a token that the api refuses ends its own session only', () => {
  signIn(kept)
  endSession('an older token')
  expect(session.get()).toEqual(kept)
  endSession(kept.token)
  expect(session.get()).toBeUndefined()
  expect(hasEnded.get()).toBe(true)
})

test('who signs out is not told that a session has ended', () => {
  signIn(kept)
  signOut()
  expect(session.get()).toBeUndefined()
  expect(hasEnded.get()).toBe(false)
})
