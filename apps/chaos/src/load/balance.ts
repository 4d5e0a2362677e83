const ASKED_EVERY_MS = 200

export function inTurn(apiUrls: string[]): () => string {
  let at = 0
  return () => apiUrls[at++ % apiUrls.length] as string
}

/** Each in its turn of those that said that they are ready when they were last asked, five times a second. */
export function balance(apiUrls: string[]): () => string {
  const ready = new Set(apiUrls)
  const timer = setInterval(() => {
    for (const url of apiUrls) {
      fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2 * ASKED_EVERY_MS) })
        .then(({ ok }) => (ok ? ready.add(url) : ready.delete(url)))
        .catch(() => ready.delete(url))
    }
  }, ASKED_EVERY_MS)
  timer.unref()
  const next = inTurn(apiUrls)
  return () => apiUrls.map(next).find((url) => ready.has(url)) ?? next()
}
