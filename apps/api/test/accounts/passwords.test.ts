import { expect, test } from 'vitest'
import { createPasswords } from '../../src/accounts/passwords.ts'

/** Costs next to nothing. */
const cheap = '$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI'

test('a crowd is refused, and the next are served once it has gone', async () => {
  const passwords = createPasswords()
  const crowd = Array.from({ length: 140 }, () => passwords.verify('wrong', cheap))
  await expect(passwords.verify('one too many', cheap)).rejects.toMatchObject({ code: 'overloaded' })
  const done = await Promise.allSettled(crowd)
  expect(done.filter(({ status }) => status === 'fulfilled')).toHaveLength(130)
  expect(await passwords.verify('later', cheap)).toBe(false)
})

test.each(['none', '', '$argon2id$v=19$m=1,t=1', undefined])(
  'nothing matches the stored hash %j',
  async (stored) => {
    expect(await createPasswords().verify('none', stored)).toBe(false)
  },
)

test('a password is compared with the parameters in its hash', async () => {
  const passwords = createPasswords()
  const stored = await passwords.hash('correct horse')
  expect(await passwords.verify('correct horse', stored)).toBe(true)
  expect(await passwords.verify('correct horse', stored.replace('t=2', 't=3'))).toBe(false)
})
