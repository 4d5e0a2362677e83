import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { debianRedis } from './debian-redis.ts'

export interface RedisServer {
  command: string
  env: NodeJS.ProcessEnv
}

/** Finds a Redis or Valkey server to run: from PATH, else from the distribution's packages. */
export async function findRedisServer(onProgress?: (message: string) => void): Promise<RedisServer> {
  const command = findOnPath('redis-server') ?? findOnPath('valkey-server')
  if (command) return { command, env: process.env }
  try {
    if (!findOnPath('apt-get') || !findOnPath('dpkg')) throw new Error('this is not Debian or Ubuntu')
    return await debianRedis(onProgress)
  } catch (cause) {
    throw new Error(helpText(cause instanceof Error ? cause.message : String(cause)), { cause })
  }
}

function findOnPath(name: string): string | undefined {
  const files = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name))
  return files.find(isExecutable)
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
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
