import { spawnSync } from 'node:child_process'
import { chownSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connectTo } from '@reelay/db/connect'
import { type LocalPostgres, startPostgres } from '@reelay/local-services/stores/postgres'
import { until } from '../until.ts'

export type Placed = { dir: string; url: string }

/**
 * A standby of `primary` that has all of it, as pg_basebackup would make one. From then on each commit waits until
 * the standby has it, so that a failover loses nothing that somebody was told.
 */
export async function startStandby(primary: Placed, dir: string): Promise<LocalPostgres> {
  const [from, to] = [join(primary.dir, 'postgres'), join(dir, 'postgres')]
  const admin = await connectTo(primary.url)
  try {
    await admin.query(`select pg_backup_start('standby', true)`)
    mkdirSync(to, { recursive: true })
    // With its owner. What vanishes meanwhile is in the log that the standby replays.
    spawnSync('cp', ['-a', join(from, 'password'), join(from, 'data'), to], { stdio: 'ignore' })
    const { rows } = await admin.query('select labelfile from pg_backup_stop(false)')
    prepare(join(to, 'data'), { label: rows[0].labelfile, primaryUrl: primary.url })
    const standby = await startPostgres({ dir, fsync: true })
    await until(() => isFollowed(admin), { withinMs: 20_000, what: 'a standby follows' })
    await admin.query(`alter system set synchronous_standby_names = '*'`)
    await admin.query('select pg_reload_conf()')
    await until(() => isFollowed(admin, 'sync'), { withinMs: 20_000, what: 'commits wait for the standby' })
    return standby
  } finally {
    await admin.end()
  }
}

export async function promote({ url }: { url: string }): Promise<void> {
  const admin = await connectTo(url)
  try {
    // Again when it met what the standby was replaying.
    const isPromoted = async () => {
      const { rows } = await admin.query('select not (pg_is_in_recovery() and pg_promote(false)) as done')
      return rows[0].done
    }
    await until(isPromoted, { withinMs: 60_000, everyMs: 10, what: 'a standby is promoted' })
    await admin.query(`alter system reset synchronous_standby_names`)
    await admin.query('select pg_reload_conf()')
  } finally {
    await admin.end()
  }
}

function prepare(data: string, { label, primaryUrl }: { label: string; primaryUrl: string }): void {
  const { hostname, port, username, password } = new URL(primaryUrl)
  const files = {
    backup_label: label,
    'standby.signal': '',
    'postgresql.auto.conf': `primary_conninfo = 'host=${hostname} port=${port} user=${username} password=${password}'\n`,
  }
  rmSync(join(data, 'postmaster.pid'), { force: true })
  const { uid, gid } = statSync(data)
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(data, name), content)
    chownSync(join(data, name), uid, gid)
  }
}

async function isFollowed(admin: Awaited<ReturnType<typeof connectTo>>, kind = ''): Promise<boolean> {
  const { rows } = await admin.query(`select sync_state from pg_stat_replication where state = 'streaming'`)
  return rows.some(({ sync_state }) => kind === '' || sync_state === kind)
}
