import type { FastifyPluginAsync } from 'fastify'
import { type LoginDeps, login } from './login.ts'
import { logout } from './logout.ts'
import { type RegisterDeps, register } from './register.ts'
import { type VerifyDeps, verify } from './verify.ts'

export const accountRoutes: FastifyPluginAsync<RegisterDeps & LoginDeps & VerifyDeps> = async (app, deps) => {
  await app.register(register, deps)
  await app.register(login, deps)
  await app.register(verify, deps)
  await app.register(logout)
}
