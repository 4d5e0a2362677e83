import { describe, expect, test } from 'vitest'
import { databaseHosts, readDatabaseUrl } from '../src/database-url.ts'

describe('a database may be', () => {
  test.each<[string, object]>([
    ['postgres://h', { hosts: [{ host: 'h', port: 5432 }] }],
    [
      'postgresql://u:p@h:6432/d',
      { hosts: [{ host: 'h', port: 6432 }], user: 'u', password: 'p', database: 'd' },
    ],
    ['postgres://u:p%40%25%2F@h/d', { password: 'p@%/' }],
    ['postgres://u:p:q@h/d', { password: 'p:q' }],
    ['postgres://u%20x:@h/my%20db', { user: 'u x', password: '', database: 'my db' }],
    ['postgres://[::1]:5433/d', { hosts: [{ host: '::1', port: 5433 }] }],
    [
      'postgres://a,b:5433,[::1]/d',
      {
        hosts: [
          { host: 'a', port: 5432 },
          { host: 'b', port: 5433 },
          { host: '::1', port: 5432 },
        ],
      },
    ],
    ['postgres://u@%2Fvar%2Frun%2Fpostgresql/d', { hosts: [{ host: '/var/run/postgresql', port: 5432 }] }],
    [
      'postgres:///d?host=/var/run/postgresql&port=5433&user=u',
      { hosts: [{ host: '/var/run/postgresql', port: 5433 }], user: 'u', database: 'd' },
    ],
    ['postgres://h/d?sslmode=require&channel_binding=require', { tls: 'require', bindsChannel: true }],
    ['postgres://h/d?sslmode=no-verify', { tls: 'require' }],
    ['postgres://h/d?ssl=true', { tls: 'require' }],
    [
      'postgres://h/d?sslmode=verify-full&sslrootcert=/ca.pem',
      { tls: 'verify-full', rootCertificate: '/ca.pem' },
    ],
    ['postgres://h/d?sslrootcert=system', { tls: 'verify-full' }],
    ['postgres://h/d?sslmode=prefer', { tls: 'prefer' }],
    ['postgres://h/d?schema=public&pgbouncer=true&connection_limit=5', { isPooled: true, maxConnections: 5 }],
    [
      'postgres://h/d?application_name=mine&connect_timeout=10',
      { applicationName: 'mine', connectTimeoutMs: 10_000 },
    ],
    ['postgres://h/d?options=-c%20search_path%3Dreelay', { options: '-c search_path=reelay' }],
    ['postgres://h/d?target_session_attrs=read-write&keepalives=1', {}],
  ])('%s', (url, expected) => {
    const { address, problems } = readDatabaseUrl(url)
    expect(problems).toEqual([])
    expect(address).toMatchObject(expected)
  })
})

describe('a database may not be', () => {
  test.each<[string, RegExp]>([
    ['', /postgres:\/\//],
    ['mysql://u:secret@h/d', /must be a postgres:\/\/ URL/],
    ['http://h/d', /must be a postgres:\/\/ URL/],
    ['h/d', /must be a postgres:\/\/ URL/],
    ['postgres://', /name a host/],
    ['postgresql:///d', /name a host/],
    ['postgres://u:secret@/d', /name a host/],
    ['postgres://u:secret100%@h/d', /% .*%25/],
    ['postgres://u:secret@h:99999/d', /port from 1 to 65535/],
    ['postgres://u:secret@h:0/d', /port from 1 to 65535/],
    ['postgres://u:secret@h:port/d', /port from 1 to 65535/],
    ['postgres://u:secret@h,/d', /each host/],
    ['postgres://::1/d', /each host/],
    ['postgres://u:sec/ret@h/d', /percent-encoded/],
    ['postgres://u:sec#ret@h/d', /percent-encoded/],
    ['postgres://u:sec?ret@h/d', /percent-encoded/],
    ['postgres://u:1?secret=x@h/d', /percent-encoded/],
    ['postgres://u:secret@h/d e', /percent-encoded/],
    ['postgres://u:secret@h/d/e', /percent-encoded/],
    ['postgres://h/d?schema=other', /schema.*search_path/],
    ['postgres://h/d?sslmode=allow', /sslmode/],
    ['postgres://h/d?sslmode=constructor', /sslmode/],
    ['postgres://h/d?sslmode=', /sslmode/],
    ['postgres://h/d?statement_timeout=5', /statement_timeout.*options=-c/],
    ['postgres://h/d?pool_timeout=5', /pool_timeout/],
    ['postgres://h/d?constructor=5', /constructor/],
    ['postgres://h/d?connect_timeout=soon', /connect_timeout/],
    ['postgres://h/d?connection_limit=0', /connection_limit/],
    ['postgres://h/d?target_session_attrs=standby', /target_session_attrs/],
    ['postgres://h/d?client_encoding=latin1', /client_encoding/],
  ])('%s', (url, problem) => {
    const { problems } = readDatabaseUrl(url)
    expect(problems.join()).toMatch(problem)
    expect(problems.join()).not.toMatch(/secret|sec\/|ret@/)
  })
})

test('the hosts of a URL show no password', () => {
  expect(databaseHosts('postgres://u:secret@a:1,b/d')).toBe('a:1,b:5432')
})
