/** `zh` when the client prefers Chinese to English, else `en`. */
export function preferredLanguage(acceptLanguage: string | undefined): 'zh' | 'en' {
  const weights = { zh: 0, en: 0 }
  for (const range of (acceptLanguage ?? '').slice(0, 500).split(',')) {
    const [tag = '', ...parameters] = range.trim().toLowerCase().split(';')
    const language = tag.split('-')[0]
    if (language !== 'zh' && language !== 'en') continue
    const q = parameters.map((parameter) => parameter.trim()).find((parameter) => parameter.startsWith('q='))
    weights[language] = Math.max(weights[language], q ? Number(q.slice(2)) || 0 : 1)
  }
  return weights.zh > weights.en ? 'zh' : 'en'
}
