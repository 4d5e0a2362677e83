import { once } from 'node:events'
import { connect } from 'node:net'

/** Many listeners in a process of their own, which cost as little as they can: sockets that count. */
export type CrowdOptions = { port: number; tokens: string[]; each: number }

export type CrowdReport = { open: number; events: number; delays: number[] }

const [{ port, tokens, each }] = (await once(process, 'message')) as [CrowdOptions]
const AT_ONCE = 200
const EVENT = /id: (\d{13})\n/g

let report: CrowdReport = { open: 0, events: 0, delays: [] }
const waiting = tokens.flatMap((token) => Array.from({ length: each }, () => token))
const all = waiting.length

process.on('message', () => {
  process.send?.(report)
  report = { ...report, events: 0, delays: [] }
})
for (let i = 0; i < AT_ONCE; i += 1) open()

function open(): void {
  const token = waiting.pop()
  if (token === undefined) return
  const socket = connect(port, '127.0.0.1')
  socket.setEncoding('latin1')
  socket.write(
    `GET /api/sse/task-updates HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`,
  )
  socket.once('data', (head: string) => {
    if (!head.startsWith('HTTP/1.1 200')) throw new Error(`no feed: ${head}`)
    report.open += 1
    if (report.open === all) process.send?.('open')
    open()
  })
  let rest = ''
  socket.on('data', (chunk: string) => {
    const text = rest + chunk
    const now = Date.now()
    let end = 0
    for (const match of text.matchAll(EVENT)) {
      report.events += 1
      report.delays.push(now - Number(match[1]))
      end = match.index + match[0].length
    }
    rest = text.slice(Math.max(end, text.length - 20))
  })
  socket.on('close', () => {
    report.open -= 1
  })
  socket.on('error', () => {})
}
