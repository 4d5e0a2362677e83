import { findProgram, type Program } from './program.ts'

const wanted = {
  names: ['redis-server', 'valkey-server'],
  packaged: { package: 'redis-server', path: 'usr/bin/redis-server', versionFlag: '--version' },
}

export async function findRedisServer(onProgress?: (message: string) => void): Promise<Program> {
  return findProgram(wanted, onProgress).catch((cause: Error) => {
    throw new Error(helpText(cause.message), { cause })
  })
}

function helpText(reason: string): string {
  return `No Redis to be had. Looked for:
  REDIS_URL                                      not set
  redis-server, valkey-server                    not on PATH
  the distribution's package, without root       ${reason.replaceAll('\n', '\n    ')}

Any of these helps:
  brew install redis                             macOS
  sudo apt-get install redis-server              Debian, Ubuntu
  sudo dnf install valkey                        Fedora
  REDIS_URL=redis://127.0.0.1:6379               a Redis of your own, for example
                                                 docker run -d -p 127.0.0.1:6379:6379 redis
  docker compose up                              the whole system in containers instead`
}
