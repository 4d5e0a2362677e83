const PREFIX = 'reelay.'

/** What this browser keeps for us; nothing where it keeps nothing for anybody. */
export function recall(name: string): string | null {
  try {
    return localStorage.getItem(PREFIX + name)
  } catch {
    return null
  }
}

/** Null forgets it. */
export function remember(name: string, text: string | null): void {
  try {
    if (text === null) localStorage.removeItem(PREFIX + name)
    else localStorage.setItem(PREFIX + name, text)
  } catch {
    // It holds for as long as the page is open, then.
  }
}

/** Tells what another tab of this browser has changed. */
export function onRemembered(name: string, listener: (text: string | null) => void): void {
  addEventListener('storage', ({ key, newValue }) => {
    // Without a key all was cleared.
    if (key === null) listener(null)
    if (key === PREFIX + name) listener(newValue)
  })
}
