import { once } from 'node:events'
import { connect } from 'node:net'

/** Sends one inline command and returns all that Redis answers. */
export async function askRedis(url: string, command: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1').setEncoding('utf8')
  let answer = ''
  socket.on('data', (text) => {
    answer += text
  })
  socket.write(`${command}\r\nQUIT\r\n`)
  await once(socket, 'close')
  return answer
}
