const looksLikeKey = /\b(?:Bearer (?!\[key\])\S+|sk-[\w-]{4,})/g

/** Makes a text fit to be shown: without these keys, and without what looks like one. */
export function hideKeys(keys: readonly (string | undefined)[]): (text: string) => string {
  const longestFirst = keys.filter((key) => key !== undefined && key !== '').sort(byLength) as string[]
  return (text) => {
    const hidden = longestFirst.reduce((shown, key) => shown.replaceAll(key, '[key]'), text)
    return hidden.replace(looksLikeKey, '[key]')
  }
}

function byLength(a = '', b = ''): number {
  return b.length - a.length
}
