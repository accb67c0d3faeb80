import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { Refusal, worthRetrying } from './api/call'
import { session } from './api/session'
import { consoleRouter } from './routes.console'
import './ui/base.css'
import { PreferencesProvider } from './ui/preferences'

/** A session that ended elsewhere shows as 401 on whatever is asked next; the router then leads to the sign-in page. */
function noticeEnd(error: unknown) {
  if (!(error instanceof Refusal) || error.status !== 401 || !client.getQueryData(session.queryKey)) return
  client.setQueryData(session.queryKey, null)
  void router.invalidate()
}

const client = new QueryClient({
  queryCache: new QueryCache({ onError: noticeEnd }),
  mutationCache: new MutationCache({ onError: noticeEnd }),
  defaultOptions: { queries: { retry: worthRetrying, staleTime: 5000 } },
})
const router = consoleRouter(client)

const root = document.getElementById('root')
if (!root) throw new Error('console.html has no root')
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <PreferencesProvider>
        <RouterProvider router={router} />
      </PreferencesProvider>
    </QueryClientProvider>
  </StrictMode>,
)
