import { spawnSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'

export interface PostgresAccount {
  owner?: Owner
  spawnAs?: Owner
  prefix: string[]
}

interface Owner {
  uid: number
  gid: number
}

/**
 * Postgres refuses to be root, so root runs it as another user. That user may not be let into the checkout
 * (a clone in /root): then it gets the right to pass through folders, by whichever capability is to be had.
 */
export function postgresAccount(postgres: string, folder: string, data: string): PostgresAccount {
  if (process.getuid?.() !== 0) return { prefix: [] }
  const owner = ownerOf(data) ?? userNamed('postgres') ?? userNamed('nobody') ?? { uid: 65534, gid: 65534 }
  const accounts: PostgresAccount[] = [
    { owner, spawnAs: owner, prefix: [] },
    // Containers commonly withhold the first and grant the second.
    { owner, prefix: becomeWith('dac_read_search', owner) },
    { owner, prefix: becomeWith('dac_override', owner) },
  ]
  const account = accounts.find((candidate) => canRun(candidate, postgres, folder))
  if (account) return account
  throw new Error(
    `Postgres does not run as root, and user ${owner.uid} cannot use ${folder}. Run this as an ordinary user, ` +
      'install setpriv (util-linux), move the checkout to a folder that every user may enter, or set DATABASE_URL.',
  )
}

export function spawnOptions({ spawnAs }: PostgresAccount) {
  // On macOS a server without a locale of its own becomes multithreaded while starting, and refuses to.
  return { env: { ...process.env, LC_ALL: 'C' }, cwd: '/', ...spawnAs }
}

function becomeWith(capability: string, { uid, gid }: Owner): string[] {
  return [
    ...['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'],
    ...[`--inh-caps=+${capability}`, `--ambient-caps=+${capability}`],
    // Without this, access(2), which Postgres asks about its own files, ignores the capability.
    '--securebits=+no_setuid_fixup',
  ]
}

function canRun({ prefix, spawnAs }: PostgresAccount, postgres: string, folder: string): boolean {
  const [command = '', ...args] = [...prefix, 'sh', '-c', 'test -x "$1" && "$0" --version', postgres, folder]
  return spawnSync(command, args, { cwd: '/', stdio: 'ignore', ...spawnAs }).status === 0
}

function ownerOf(data: string): Owner | undefined {
  const stat = statSync(data, { throwIfNoEntry: false })
  return stat && stat.uid !== 0 ? { uid: stat.uid, gid: stat.gid } : undefined
}

function userNamed(name: string): Owner | undefined {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`))
  const [, , uid, gid] = line?.split(':') ?? []
  return uid && gid ? { uid: Number(uid), gid: Number(gid) } : undefined
}
