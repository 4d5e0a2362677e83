/** One way to write it: lower case, with spaces where names have other signs. */
export function plain(text = ''): string {
  return text
    .slice(0, 2000)
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replace(/[_\s-]+|\.(?=\w)/g, ' ')
    .replace(/["'`“”‘’]/g, '')
    .trim()
}

export function alike(...patterns: string[]): RegExp {
  return new RegExp(patterns.join('|'))
}
