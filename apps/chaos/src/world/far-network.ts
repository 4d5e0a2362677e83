import { execFileSync } from 'node:child_process'
import { readlinkSync } from 'node:fs'
import { guardedSpawn, stopProcess } from '@reelay/local-services/processes/guard'
import { until } from '../until.ts'

export type FarNetwork = Awaited<ReturnType<typeof openFarNetwork>>

/** What the server side uses for whoever has no faster answers: as of a client 100 ms away. */
const RTO_MS = 300
const SERVER_TO_FAR = '198.19.0.1'
const FAR = '198.19.0.2'
const FAR_MAC = '02:00:00:00:00:02'

/**
 * A network for a server, reached from here, and behind it a far one whose link can go down without a word to the
 * server. Only root on Linux can have them. They last as long as what runs in them, so that nothing is left behind
 * however this process ends.
 */
export async function openFarNetwork({ tcpRetries2 }: { tcpRetries2: number }) {
  try {
    execFileSync('unshare', ['--net', 'ip', '-V'], { stdio: 'ignore' })
  } catch (cause) {
    throw new Error('a network of its own needs Linux, root, unshare, nsenter and ip', { cause })
  }
  const [server, far] = await Promise.all([holdNetwork(), holdNetwork()])
  const here = `reelay${server.pid}`
  const { hostAddress, serverAddress } = addressesOf(server.pid)

  run(`ip link add ${here} type veth peer name here netns ${server.pid}`)
  run(`ip addr add ${hostAddress}/30 dev ${here}`)
  run(`ip link set ${here} up`)
  server.run(`ip addr add ${serverAddress}/30 dev here`)
  server.run(`ip link add far type veth peer name eth0 address ${FAR_MAC} netns ${far.pid}`)
  server.run(`ip addr add ${SERVER_TO_FAR}/30 dev far`)
  for (const name of ['lo', 'here', 'far']) server.run(`ip link set ${name} up`)
  server.run(`ip route replace 198.19.0.0/30 dev far rto_min ${RTO_MS}ms`)
  // Without it the server would soon be told that nobody answers for that address.
  server.run(`ip neigh replace ${FAR} lladdr ${FAR_MAC} dev far nud permanent`)
  server.run(`sysctl -qw net.ipv4.tcp_retries2=${tcpRetries2}`)
  far.run(`ip addr add ${FAR}/30 dev eth0`)
  for (const name of ['lo', 'eth0']) far.run(`ip link set ${name} up`)
  far.run(`ip route add default via ${SERVER_TO_FAR}`)

  return {
    hostAddress,
    serverAddress,
    farAddress: FAR,
    /** What a command begins with to run at the server's place, or at the far one. */
    atServer: server.enter,
    atFar: far.enter,
    /** Neither FIN nor RST can leave any more, and what comes vanishes. */
    loseLink: () => far.run('ip link set eth0 down'),
    async [Symbol.asyncDispose]() {
      // The kernel keeps a network until it has given up on what it still sends there.
      run(`ip link del ${here}`)
      await Promise.all([server.stop(), far.stop()])
    },
  }
}

/** A network that is there while its holder lives, or anything else in it. */
async function holdNetwork() {
  const holder = guardedSpawn('unshare', ['--net', 'sleep', 'infinity'], { stdio: 'ignore' })
  const pid = holder.pid as number
  const networkOf = (of: number | 'self') => readlinkSync(`/proc/${of}/ns/net`)
  await until(() => networkOf(pid) !== networkOf('self'), { withinMs: 5000, everyMs: 5, what: 'a network' })
  const enter = ['nsenter', `--net=/proc/${pid}/ns/net`]
  return {
    pid,
    enter,
    run: (command: string) => run([...enter, command].join(' ')),
    stop: () => stopProcess(holder, { signal: 'SIGKILL' }),
  }
}

/** Of this side and the server's, different for each of 16 384 process ids in a row. */
function addressesOf(pid: number) {
  const start = `198.18.${(pid >> 6) & 255}`
  const first = (pid & 63) * 4
  return { hostAddress: `${start}.${first + 1}`, serverAddress: `${start}.${first + 2}` }
}

function run(command: string): void {
  const [file = '', ...args] = command.split(' ')
  execFileSync(file, args, { stdio: ['ignore', 'ignore', 'inherit'] })
}
