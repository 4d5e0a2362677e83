import { useEffect, useState } from 'preact/hooks'
import { useStore } from '../store.ts'
import { connection } from './data.tsx'

/** Whether this browser has a network, as far as it knows. */
export function useOnline(): boolean {
  const [isOnline, setOnline] = useState(navigator.onLine)
  useEffect(() => {
    const look = () => setOnline(navigator.onLine)
    addEventListener('online', look)
    addEventListener('offline', look)
    return () => {
      removeEventListener('online', look)
      removeEventListener('offline', look)
    }
  }, [])
  return isOnline
}

/** Whether the api can be reached, as far as the feed knows. */
export function useReachable(): boolean {
  const isOnline = useOnline()
  return useStore(connection) !== 'lost' && isOnline
}
