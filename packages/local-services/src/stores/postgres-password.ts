import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PostgresAccount } from './postgres-account.ts'

/** The superuser's password, made at the first start and kept beside the data. */
export function readPassword(folder: string, { owner }: PostgresAccount): string {
  const file = passwordFile(folder)
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString('hex'), { mode: 0o600 })
  if (owner) chownSync(file, owner.uid, owner.gid)
  return readFileSync(file, 'utf8')
}

export function passwordFile(folder: string): string {
  return join(folder, 'password')
}
