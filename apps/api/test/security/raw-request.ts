import { connect } from 'node:net'

type Slowly = { text: string; everyCharacterMs: number }

/**
 * Writes bytes as they are, and a further text character by character, and answers what came back until the
 * server closed the connection.
 */
export async function rawRequest(origin: string, bytes: string, slowly?: Slowly): Promise<string> {
  const { hostname, port } = new URL(origin)
  const socket = connect(Number(port), hostname)
  let answer = ''
  socket.setEncoding('latin1')
  socket.on('data', (text) => {
    answer += text
  })
  socket.on('error', () => {})
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.write(bytes, 'latin1')
  if (slowly) drip(slowly)
  await closed
  return answer

  function drip({ text, everyCharacterMs }: Slowly): void {
    if (socket.destroyed || text === '') return
    socket.write(text.charAt(0), 'latin1')
    setTimeout(drip, everyCharacterMs, { text: text.slice(1), everyCharacterMs })
  }
}

/** An answer as it came, taken apart; of several on one connection the last. */
export function parseAnswer(raw: string) {
  const [head = '', body = ''] = raw.slice(raw.lastIndexOf('HTTP/1.1 ')).split('\r\n\r\n')
  const [status = '', ...lines] = head.split('\r\n')
  const headers = lines
    .map((line) => line.split(': '))
    .map(([name = '', value]) => [name.toLowerCase(), value])
  return {
    status: Number(status.split(' ')[1]),
    headers: Object.fromEntries(headers) as Record<string, string>,
    text: Buffer.from(body, 'latin1').toString(),
  }
}
