/** A body as a form: the only way to send files along. What is no text is JSON. */
export function formOf(body: Record<string, unknown>): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(body)) {
    if (value === null || value === undefined) continue
    if (value instanceof Blob) form.append(name, value)
    else if (typeof value === 'object')
      form.append(name, new Blob([JSON.stringify(value)], { type: 'application/json' }))
    else form.append(name, String(value))
  }
  return form
}

export function bodyOf(body: Record<string, unknown>): unknown {
  return Object.values(body).some((value) => value instanceof Blob) ? formOf(body) : body
}
