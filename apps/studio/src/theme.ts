import { onRemembered, recall, remember } from './preferences.ts'
import { createStore } from './store.ts'

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

export const theme = createStore<Theme>(themeOf(recall('theme')))

/** Marks the page with the theme, now and whenever it changes. To be called before anything is painted. */
export function applyTheme(): void {
  mark()
  theme.subscribe(() => {
    mark()
    remember('theme', theme.get())
  })
  onRemembered('theme', (text) => theme.set(themeOf(text)))
}

export function themeOf(text: string | null): Theme {
  return themes.find((each) => each === text) ?? 'system'
}

function mark(): void {
  const { dataset } = document.documentElement
  if (theme.get() === 'system') delete dataset.theme
  else dataset.theme = theme.get()
}
