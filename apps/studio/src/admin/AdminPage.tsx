import { Route, Switch } from 'wouter-preact'
import { ButtonLink } from '../ui/Button.tsx'
import { EmptyState } from '../ui/Notice.tsx'
import { Home } from './Home.tsx'
import { homePath } from './paths.ts'
import { TaskPage } from './TaskPage.tsx'
import { useTexts } from './use-texts.ts'

export function AdminPage() {
  return (
    <Switch>
      <Route path={homePath} component={Home} />
      <Route path={`${homePath}/tasks/:videoId`}>
        {({ videoId }) => <TaskPage key={videoId} videoId={videoId} />}
      </Route>
      <Route component={NotFound} />
    </Switch>
  )
}

function NotFound() {
  const texts = useTexts()
  return (
    <EmptyState title={texts.notFound}>
      <ButtonLink href={homePath}>{texts.back}</ButtonLink>
    </EmptyState>
  )
}
