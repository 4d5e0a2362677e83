import { render } from 'preact'
import { App } from './App.tsx'
import { applyLanguage } from './i18n/language.ts'
import { shareSession } from './session/session.ts'
import { applyTheme } from './theme.ts'
import './tokens.css'
import './base.css'

applyTheme()
applyLanguage()
shareSession()
const root = document.getElementById('studio')
if (root) render(<App />, root)
