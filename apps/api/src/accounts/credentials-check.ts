import type { UserRow } from '@reelay/db/schema'
import type { UserRepository } from '@reelay/db/user-repository'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ApiError } from '../http/errors.ts'
import type { Limits } from '../http/limits.ts'
import type { Passwords } from './passwords.ts'

export type CredentialsCheck = ReturnType<typeof createCredentialsCheck>

/**
 * The user whose name and password are in the body. A wrong name and a wrong password are the same answer at
 * the same price, and neither is tried more often than the limits allow.
 */
export function createCredentialsCheck(deps: {
  users: UserRepository
  passwords: Passwords
  limits: Limits
}) {
  const { users, passwords, limits } = deps
  return async (
    request: FastifyRequest<{ Body: { username: string; password: string } }>,
    reply: FastifyReply,
  ): Promise<UserRow> => {
    await limits.login(request as FastifyRequest, reply)
    const { username, password } = request.body
    const user = await users.findByName(username)
    const matches = await passwords.verify(password, user?.passwordHash)
    if (!user || !matches) throw new ApiError('invalid_credentials')
    return user
  }
}
