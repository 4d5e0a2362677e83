import { language } from '../i18n/language.ts'
import { useTexts } from '../i18n/texts.ts'
import { useStore } from '../store.ts'
import { theme, themes } from '../theme.ts'
import { Choice } from '../ui/Choice.tsx'

/** Each language by its own name: who is lost in the other finds it. */
const languageNames = [
  { value: 'en', label: 'English', lang: 'en' },
  { value: 'zh', label: '中文', lang: 'zh-CN' },
] as const

export function PreferenceChoices() {
  const { account } = useTexts()
  return (
    <>
      <Choice
        label={account.language}
        value={useStore(language)}
        options={languageNames}
        onChange={language.set}
      />
      <Choice
        label={account.theme}
        value={useStore(theme)}
        options={themes.map((value) => ({ value, label: account.themes[value] }))}
        onChange={theme.set}
      />
    </>
  )
}
