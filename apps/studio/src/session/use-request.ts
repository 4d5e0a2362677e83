import { useState } from 'preact/hooks'

/** One request of a form at a time: whether it is under way, and what its last answer was wrong about. */
export function useRequest(send: () => Promise<void>) {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()

  async function submit(): Promise<void> {
    setBusy(true)
    setError(undefined)
    try {
      await send()
    } catch (reason) {
      setError(reason)
    } finally {
      setBusy(false)
    }
  }

  return { busy, error, submit: () => void submit() }
}
