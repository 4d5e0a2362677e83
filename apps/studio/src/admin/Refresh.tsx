import { language } from '../i18n/language.ts'
import { useStore } from '../store.ts'
import { Button } from '../ui/Button.tsx'
import { timeOf } from './clock.ts'
import { useTexts } from './use-texts.ts'

type RefreshProps = { at: number | undefined; isRefreshing: boolean; onRefresh: () => void }

export function Refresh({ at, isRefreshing, onRefresh }: RefreshProps) {
  const texts = useTexts()
  const chosen = useStore(language)
  return (
    <div class="row">
      <span class="soft small" role="status">
        {isRefreshing ? texts.refreshing : at !== undefined && texts.asOf(timeOf(at, chosen))}
      </span>
      <Button onClick={onRefresh} aria-disabled={isRefreshing}>
        {texts.refresh}
      </Button>
    </div>
  )
}
