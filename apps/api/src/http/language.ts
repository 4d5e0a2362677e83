/** `zh` when the client prefers Chinese to English, else `en`. */
export function preferredLanguage(acceptLanguage: string | undefined): 'zh' | 'en' {
  const weights: Record<string, number> = {}
  for (const range of (acceptLanguage ?? '').slice(0, 500).split(',')) {
    const [tag = '', ...parameters] = range.replace(/\s/g, '').toLowerCase().split(';')
    const [language = ''] = tag.replace(/^cmn\b/, 'zh').split(/[-_]/)
    const q = parameters.find((parameter) => parameter.startsWith('q='))
    weights[language] = Math.max(weights[language] ?? 0, q ? Number(q.slice(2)) || 0 : 1)
  }
  // Whoever names neither of the two, nor anything at all, gets English.
  const others = weights['*'] ?? 0
  return (weights.zh ?? others) > (weights.en ?? others) ? 'zh' : 'en'
}
