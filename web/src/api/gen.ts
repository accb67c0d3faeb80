// The console's operations: what each is asked and what it answers. Times are milliseconds.

export type None = Record<string, never>

export interface SetupStatusResponse {
  needed: boolean
  version: string
}
export interface SetupCreateRequest {
  code: string
  corpName: string
  userId: string
  name: string
  password: string
}
export interface SetupCreateResponse {
  corpId: string
}

export interface SessionOpenRequest {
  user: string
  password: string
  corpId?: string
}
export interface SessionGetResponse {
  userId: string
  name: string
  corpId: string
  corpName: string
  operator: boolean
  sandbox: boolean
  expiresAt: number
}
export interface SessionOpenResponse extends SessionGetResponse {
  token: string
}

export interface CorpListItem {
  corpId: string
  name: string
  sandbox: boolean
  people: number
  departments: number
  createdAt: number
}
export interface CorpListResponse {
  list: CorpListItem[]
}
export interface CorpSwitchRequest {
  corpId: string
}

export interface ClockResponse {
  now: number
  offsetMs: number
  movable: boolean
}
export interface ClockMoveRequest {
  by: string
}

export type AppState = 'enabled' | 'disabled'
export type DataGrade = 'R1' | 'R2'
export type Grade = 'R1' | 'R2' | 'W1' | 'W2'

export interface AppListRequest {
  search?: string
  state?: AppState
  cursor?: string
  size?: number
}
export interface AppListItem {
  agentId: number
  appKey: string
  name: string
  description: string
  state: AppState
  dataGrade: DataGrade
  scopes: number
  createdAt: number
  lastCallAt?: number
}
export interface AppListResponse {
  list: AppListItem[]
  nextCursor?: string
  hasMore: boolean
  totalCount: number
}
export interface AppGetRequest {
  agentId: number
}
export interface AppSecret {
  id: string
  hint: string
  createdAt: number
  expiresAt?: number
  lastUsedAt?: number
}
export interface AppScope {
  scope: string
  title: string
  grade: Grade
  reason: string
  grantedBy: string
  grantedAt: number
}
export interface RangeDepartment {
  deptId: number
  name: string
}
export interface RangeUser {
  userId: string
  name: string
}
export interface AppRange {
  all: boolean
  departments: RangeDepartment[]
  users: RangeUser[]
}
export interface AppGetResponse {
  agentId: number
  appKey: string
  name: string
  description: string
  state: AppState
  dataGrade: DataGrade
  strict: boolean
  createdAt: number
  secrets: AppSecret[]
  scopes: AppScope[]
  range: AppRange
  ips: string[]
  redirectUrls: string[]
}
export interface AppCreateRequest {
  name: string
  description?: string
  scopes?: string[]
  dataGrade?: DataGrade
  strict?: boolean
}
export interface AppCreateResponse {
  agentId: number
  appKey: string
  appSecret: string
}
export interface AppUpdateRange {
  all?: boolean
  departments?: number[]
  users?: string[]
}
export interface AppUpdateRequest {
  agentId: number
  name?: string
  description?: string
  state?: AppState
  dataGrade?: DataGrade
  strict?: boolean
  ips?: string[]
  redirectUrls?: string[]
  range?: AppUpdateRange
}
export interface AppDeleteRequest {
  agentId: number
  confirm: string
}
export interface AppSecretRotateRequest {
  agentId: number
  keepOldFor?: string
}
export interface AppSecretRotateResponse {
  appSecret: string
  oldExpiresAt?: number
}
export interface AppSecretRevokeRequest {
  agentId: number
  id: string
}
export interface AppScopeGrantRequest {
  agentId: number
  scopes: string[]
  reason: string
}
export interface AppScopeRevokeRequest {
  agentId: number
  scope: string
}
export interface AppTokenRevokeRequest {
  agentId: number
}
export interface AppTokenRevokeResponse {
  revoked: number
}
export interface AppCodeRequest {
  agentId: number
  userId: string
  consent?: string[]
}
export interface AppCodeResponse {
  code: string
  expiresAt: number
}

export interface ScopeOperation {
  method: string
  path: string
  title: string
  grade: Grade
}
export interface ScopeListItem {
  scope: string
  title: string
  titleEn: string
  grade: Grade
  kind: 'app' | 'person' | 'field'
  operations: ScopeOperation[]
}
export interface ScopeListResponse {
  list: ScopeListItem[]
}

export type CallOutcome = 'ok' | 'refused' | 'error'
export type CallDialect = 'v1' | 'v2' | 'console'

export interface CallListRequest {
  search?: string
  requestId?: string
  agentId?: number
  outcome?: CallOutcome
  path?: string
  since?: number
  until?: number
  cursor?: string
  size?: number
}
export interface CallListItem {
  id: string
  shortId: string
  at: number
  dialect: CallDialect
  method: string
  path: string
  title: string
  agentId?: number
  appKey?: string
  appName?: string
  userId?: string
  ip: string
  status: number
  code: string
  message: string
  tookUs: number
}
export interface CallListResponse {
  list: CallListItem[]
  nextCursor?: string
  hasMore: boolean
}
export interface CallGetRequest {
  requestId: string
}
export interface CallFix {
  kind: 'scope' | 'ip' | 'redirectUrl' | 'secret'
  description: string
  command: string
  allowed: boolean
  why?: string
}
export interface CallStep {
  name: string
  tookUs: number
}
export interface CallGetResponse extends CallListItem {
  operation: string
  scope?: string
  grade?: Grade
  rule: string
  step: string
  expected?: string
  found?: string
  hint?: string
  requiredScopes?: string[]
  warning?: string
  masked?: string[]
  requestBytes: number
  answerBytes: number
  fix?: CallFix
  steps: CallStep[]
}
export interface CallFixRequest {
  requestId: string
}
export interface CallFixResponse {
  applied: string
}
export interface CallStatsRequest {
  minutes: number
}
export interface CallStatsBucket {
  at: number
  ok: number
  refused: number
  error: number
}
export interface CallStatsResponse {
  buckets: CallStatsBucket[]
}

export interface PersonSearchRequest {
  query: string
  cursor?: string
  size?: number
}
export interface PersonSearchItem {
  userId: string
  name: string
  title?: string
  departments: string[]
  avatar?: string
}
export interface PersonSearchResponse {
  list: PersonSearchItem[]
  hasMore: boolean
  nextCursor?: string
}
export interface DepartmentChildrenRequest {
  deptId?: number
}
export interface DepartmentChildrenItem {
  deptId: number
  name: string
  hasChildren: boolean
  people: number
}
export interface DepartmentChildrenResponse {
  list: DepartmentChildrenItem[]
}

export interface OperationCounts {
  v1: number
  v2: number
}
export interface PlatformInfoResponse {
  version: string
  engine: 'sqlite' | 'postgres'
  url: string
  offered: OperationCounts
  known: OperationCounts
}

export interface Operations {
  'app.code': { request: AppCodeRequest; response: AppCodeResponse }
  'app.create': { request: AppCreateRequest; response: AppCreateResponse }
  'app.delete': { request: AppDeleteRequest; response: None }
  'app.get': { request: AppGetRequest; response: AppGetResponse }
  'app.list': { request: AppListRequest; response: AppListResponse }
  'app.scope.grant': { request: AppScopeGrantRequest; response: None }
  'app.scope.revoke': { request: AppScopeRevokeRequest; response: None }
  'app.secret.revoke': { request: AppSecretRevokeRequest; response: None }
  'app.secret.rotate': { request: AppSecretRotateRequest; response: AppSecretRotateResponse }
  'app.token.revoke': { request: AppTokenRevokeRequest; response: AppTokenRevokeResponse }
  'app.update': { request: AppUpdateRequest; response: None }
  'call.fix': { request: CallFixRequest; response: CallFixResponse }
  'call.get': { request: CallGetRequest; response: CallGetResponse }
  'call.list': { request: CallListRequest; response: CallListResponse }
  'call.stats': { request: CallStatsRequest; response: CallStatsResponse }
  'clock.get': { request: None; response: ClockResponse }
  'clock.move': { request: ClockMoveRequest; response: ClockResponse }
  'clock.reset': { request: None; response: ClockResponse }
  'corp.list': { request: None; response: CorpListResponse }
  'corp.switch': { request: CorpSwitchRequest; response: SessionGetResponse }
  'department.children': { request: DepartmentChildrenRequest; response: DepartmentChildrenResponse }
  'person.search': { request: PersonSearchRequest; response: PersonSearchResponse }
  'platform.info': { request: None; response: PlatformInfoResponse }
  'scope.list': { request: None; response: ScopeListResponse }
  'session.close': { request: None; response: None }
  'session.get': { request: None; response: SessionGetResponse }
  'session.open': { request: SessionOpenRequest; response: SessionOpenResponse }
  'setup.create': { request: SetupCreateRequest; response: SetupCreateResponse }
  'setup.status': { request: None; response: SetupStatusResponse }
}
