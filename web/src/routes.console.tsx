import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router'
import { session, setupStatus } from './api/session'
import { parseAppSearch, parseAppsSearch } from './console/apps/search'
import { parseCallsSearch } from './console/calls/search'
import { parseDataSearch } from './console/data/search'
import { parseDisclosuresSearch } from './console/disclosures/search'
import { parseSignInSearch } from './console/entry/search'
import { parseEventsSearch } from './console/events/search'
import { parseLimitsSearch } from './console/limits/search'
import { parseOperationSearch, parseOperationsSearch } from './console/operations/search'
import { Missing } from './console/shell/Missing'
import { Failed, Waiting } from './console/shell/states'
import { parseSearch, stringifySearch } from './search'

// The map of all pages.

const root = createRootRouteWithContext<{ client: QueryClient }>()({
  notFoundComponent: Missing,
})

const setUp = createRoute({
  getParentRoute: () => root,
  path: 'set-up',
  beforeLoad: async ({ context }) => {
    const { needed } = await context.client.ensureQueryData(setupStatus)
    if (!needed) throw redirect({ to: '/' })
  },
  component: lazyRouteComponent(() => import('./console/entry/SetUp'), 'SetUp'),
})

const signIn = createRoute({
  getParentRoute: () => root,
  path: 'sign-in',
  validateSearch: parseSignInSearch,
  beforeLoad: async ({ context, search }) => {
    const { needed } = await context.client.ensureQueryData(setupStatus)
    if (needed) throw redirect({ to: '/set-up' })
    if (await context.client.ensureQueryData(session)) throw redirect({ href: search.return ?? '/apps' })
  },
  component: lazyRouteComponent(() => import('./console/entry/SignIn'), 'SignIn'),
})

const shell = createRoute({
  getParentRoute: () => root,
  id: 'shell',
  beforeLoad: async ({ context, location }) => {
    if (await context.client.ensureQueryData(session)) return
    throw redirect({ to: '/sign-in', search: { return: location.href === '/' ? undefined : location.href } })
  },
  component: lazyRouteComponent(() => import('./console/shell/Shell'), 'Shell'),
})

const home = createRoute({
  getParentRoute: () => shell,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/apps' })
  },
})

const apps = createRoute({
  getParentRoute: () => shell,
  path: 'apps',
  validateSearch: parseAppsSearch,
  component: lazyRouteComponent(() => import('./console/apps/Apps'), 'Apps'),
})

const app = createRoute({
  getParentRoute: () => shell,
  path: 'apps/$agentId',
  params: {
    parse: ({ agentId }) => ({ agentId: Number(agentId) }),
    stringify: ({ agentId }) => ({ agentId: String(agentId) }),
  },
  validateSearch: parseAppSearch,
  component: lazyRouteComponent(() => import('./console/apps/AppDetail'), 'AppDetail'),
})

// The address that a refusal gives to whoever reads it: /apps/123/scopes?request=qyapi_base.
const appRequest = createRoute({
  getParentRoute: () => shell,
  path: 'apps/$agentId/$tab',
  validateSearch: parseAppSearch,
  beforeLoad: ({ params, search }) => {
    throw redirect({
      to: '/apps/$agentId',
      params: { agentId: Number(params.agentId) },
      search: parseAppSearch({ ...search, tab: params.tab }),
      replace: true,
    })
  },
})

const calls = createRoute({
  getParentRoute: () => shell,
  path: 'calls',
  validateSearch: parseCallsSearch,
  component: lazyRouteComponent(() => import('./console/calls/Calls'), 'Calls'),
})

const call = createRoute({
  getParentRoute: () => calls,
  path: '$requestId',
  component: lazyRouteComponent(() => import('./console/calls/CallDetail'), 'CallDetail'),
})

const operations = createRoute({
  getParentRoute: () => shell,
  path: 'operations',
  validateSearch: parseOperationsSearch,
  component: lazyRouteComponent(() => import('./console/operations/Operations'), 'Operations'),
})

// An operation's name has slashes and a space in it, so it is asked for and not part of the path.
const operation = createRoute({
  getParentRoute: () => shell,
  path: 'operations/detail',
  validateSearch: parseOperationSearch,
  component: lazyRouteComponent(() => import('./console/operations/Operation'), 'Operation'),
})

const limits = createRoute({
  getParentRoute: () => shell,
  path: 'limits',
  validateSearch: parseLimitsSearch,
  component: lazyRouteComponent(() => import('./console/limits/Limits'), 'Limits'),
})

const data = createRoute({
  getParentRoute: () => shell,
  path: 'data',
  validateSearch: parseDataSearch,
  component: lazyRouteComponent(() => import('./console/data/Data'), 'Data'),
})

const disclosures = createRoute({
  getParentRoute: () => shell,
  path: 'disclosures',
  validateSearch: parseDisclosuresSearch,
  component: lazyRouteComponent(() => import('./console/disclosures/Disclosures'), 'Disclosures'),
})

const events = createRoute({
  getParentRoute: () => shell,
  path: 'events',
  validateSearch: parseEventsSearch,
  component: lazyRouteComponent(() => import('./console/events/Events'), 'Events'),
})

const confirmations = createRoute({
  getParentRoute: () => shell,
  path: 'confirmations',
  component: lazyRouteComponent(() => import('./console/confirmations/Confirmations'), 'Confirmations'),
})

const settings = createRoute({
  getParentRoute: () => shell,
  path: 'settings',
  component: lazyRouteComponent(() => import('./console/settings/Settings'), 'Settings'),
})

const apis = createRoute({
  getParentRoute: () => shell,
  path: 'apis',
  component: lazyRouteComponent(() => import('./console/apis/Apis'), 'Apis'),
})

const api = createRoute({
  getParentRoute: () => shell,
  path: 'apis/$group/$version',
  component: lazyRouteComponent(() => import('./console/apis/Api'), 'Api'),
})

const tree = root.addChildren([
  setUp,
  signIn,
  shell.addChildren([
    home,
    apps,
    app,
    appRequest,
    apis,
    api,
    operations,
    operation,
    limits,
    data,
    calls.addChildren([call]),
    events,
    disclosures,
    confirmations,
    settings,
  ]),
])

export function consoleRouter(client: QueryClient) {
  return createRouter({
    routeTree: tree,
    basepath: '/console',
    context: { client },
    parseSearch,
    stringifySearch,
    defaultPendingComponent: Waiting,
    defaultPendingMs: 300,
    defaultErrorComponent: Failed,
    defaultPreload: 'intent',
    scrollRestoration: true,
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof consoleRouter>
  }
}
