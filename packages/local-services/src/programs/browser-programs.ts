import { findProgram, type Program, type WantedProgram } from './program.ts'

const chromium: WantedProgram = {
  names: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
  packaged: { package: 'chromium', path: 'usr/lib/chromium/chromium', versionFlag: '--version' },
}

const nginx: WantedProgram = {
  names: ['nginx'],
  packaged: { package: 'nginx', path: 'usr/sbin/nginx', versionFlag: '-v' },
}

/** The browser and the proxy of `apps/local/test`, where skipping a test would hide what a user sees. */
export const findChromium = (onProgress?: (message: string) => void) => find(chromium, onProgress)

export const findNginx = (onProgress?: (message: string) => void) => find(nginx, onProgress)

async function find(wanted: WantedProgram, onProgress?: (message: string) => void): Promise<Program> {
  const { package: name } = wanted.packaged
  return findProgram(wanted, onProgress).catch((cause: Error) => {
    throw new Error(
      `No ${name} on PATH, and the distribution's package can't be used: ${cause.message}\n` +
        `Install ${name}, for example with sudo apt-get install --no-install-recommends ${name}.`,
      { cause },
    )
  })
}
