import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startServer } from '@reelay/local-services/processes/server'
import { findNginx } from '@reelay/local-services/programs/browser-programs'
import { freePort } from '@reelay/local-services/stores/free-port'

type Options = {
  /** Configuration, logs and temporary files live here. */
  dir: string
  /** A folder of files that is served beside the api. */
  site: string
  apiPorts: number[]
}

/**
 * An nginx as one finds it: it speaks HTTP/1.0 to the api, buffers its answers, and ends connections that are
 * silent for a minute. Under `/deaf/` it ignores what the api says against buffering, and passes nothing on.
 */
export async function startNginx({ dir, site, apiPorts }: Options) {
  mkdirSync(dir, { recursive: true })
  const port = await freePort()
  const { command, env } = await findNginx((message) => console.error(message))
  const conf = join(dir, 'nginx.conf')
  const log = join(dir, 'error.log')
  writeFileSync(conf, configuration({ dir, site, apiPorts }, port))
  const server = await startServer([command, '-p', dir, '-c', conf, '-e', log], {
    name: 'nginx',
    logFile: join(dir, 'nginx.log'),
    env,
    stopSignal: 'SIGTERM',
    isReady: () =>
      fetch(`http://127.0.0.1:${port}/`).then(
        (response) => response.body?.cancel().then(() => true) ?? true,
        () => false,
      ),
  })
  return {
    origin: `http://127.0.0.1:${port}`,
    /** What `nginx -s reload` does: new processes take over, and the old ones drop their connections. */
    reload: () => process.kill(server.pid, 'SIGHUP'),
    stop: () => server.stop(),
  }
}

function configuration({ dir, site, apiPorts }: Options, port: number): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return `
daemon off;
worker_processes 1;
worker_shutdown_timeout 500ms;
pid ${dir}/nginx.pid;
${process.getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 256; }
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path ${dir}/${name};`).join('\n  ')}
  types { text/html html; text/javascript js ts; }
  upstream api {
    ${apiPorts.map((apiPort) => `server 127.0.0.1:${apiPort};`).join('\n    ')}
  }
  proxy_buffering on;
  proxy_buffer_size 128k;
  proxy_buffers 4 128k;
  proxy_busy_buffers_size 128k;
  proxy_read_timeout 60s;
  server {
    listen 127.0.0.1:${port};
    location / { root ${site}; }
    location /api/ { proxy_pass http://api; }
    location /deaf/ {
      proxy_ignore_headers X-Accel-Buffering;
      proxy_pass http://api/;
    }
  }
}
`
}
