import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { runCommand } from './command.ts'
import { type PostgresAccount, spawnOptions } from './postgres-account.ts'

export interface PostgresBinaries {
  postgres: string
  initdb: string
}

/** Creates a data folder with a database `reelay`: aside, and renamed when complete, so that one that exists is good. */
export async function createData(
  data: string,
  { initdb, postgres }: PostgresBinaries,
  account: PostgresAccount,
  { fsync, onProgress }: { fsync?: boolean; onProgress?: (message: string) => void },
): Promise<void> {
  onProgress?.('Creating a Postgres database')
  const draft = `${data}.draft`
  rmSync(draft, { recursive: true, force: true })
  mkdirSync(draft, { mode: 0o700 })
  giveTo(account, draft)

  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  const access = ['--username=reelay', `--pwfile=${passwordFile(dirname(data))}`, '--auth=scram-sha-256']
  const sync = fsync === false ? ['--no-sync'] : []
  const singleUser = ['--single', '-c', 'exit_on_error=on']
  const input = 'CREATE DATABASE reelay\n'
  const options = spawnOptions(account)
  await runCommand([...account.prefix, initdb, '-D', draft, ...locale, ...access, ...sync], options)
  await runCommand([...account.prefix, postgres, ...singleUser, '-D', draft, 'postgres'], {
    ...options,
    input,
  })
  renameSync(draft, data)
}

/** The superuser's password, made at the first start and kept beside the data. */
export function readPassword(folder: string, account: PostgresAccount): string {
  const file = passwordFile(folder)
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString('hex'), { mode: 0o600 })
  giveTo(account, file)
  return readFileSync(file, 'utf8')
}

function passwordFile(folder: string): string {
  return join(folder, 'password')
}

function giveTo({ owner }: PostgresAccount, file: string): void {
  if (owner) chownSync(file, owner.uid, owner.gid)
}
