// Generated from the operation catalogue by `gatepost gen`; do not edit.
// The console's operations: what each is asked and what it answers. Times are milliseconds.

export type None = Record<string, never>

export type Answer = 'waiting' | 'approved' | 'rejected' | 'used'
export type AppState = 'enabled' | 'disabled'
export type AuditOutcome = 'ok' | 'refused' | 'error'
export type CopyState = 'running' | 'done'
export type Dialect = 'v1' | 'v2'
export type Engine = 'mysql' | 'postgres'
export type EventOutcome = 'accepted' | 'failed' | 'later' | 'dropped' | 'fetched'
export type EventState = 'on' | 'paused' | 'off'
export type FactState = 'emitted' | 'declared' | 'known'
export type FaultKind = 'drop' | 'lost-ack' | 'duplicate' | 'delay' | 'reorder' | 'slow' | 'half-dead'
export type Form = 'compatible' | 'webhook'
export type Grade = 'R1' | 'R2' | 'W1' | 'W2'
export type IDs = 'plain' | 'open' | 'both'
export type Level = 'ok' | 'warning' | 'error'
export type Object = 'department' | 'person'
export type PublishKind = 'all' | 'corps' | 'apps'
export type ReplayState = 'running' | 'done' | 'stopped'
export type Scheme =
  | 'token'
  | 'gp-hmac-sha256'
  | 'top-hmac-sha256'
  | 'top-hmac-md5'
  | 'top-md5'
  | 'isv'
  | 'sns'
  | 'gov-hmac'
  | 'gov-md5'
export type ScopeKind = 'app' | 'person' | 'field'
export type Severity = 'error' | 'warning' | 'note'
export type Status = 'waiting' | 'failed' | 'delivered' | 'dead' | 'dropped'
export type SuiteState = 'waiting' | 'exchanged' | 'active'
export type Which = 'switchable' | 'offered' | 'known' | 'all'
export type Window = 'second' | 'minute' | 'day'

export interface ApiDiffRequest {
  group: string
  fromVersion?: string
  fromNumber?: number
  toVersion?: string
  toNumber?: number
}

export interface ApiChangeList {
  breaks: boolean
  list: ApiChangeItem[]
}

export interface ApiChangeItem {
  operation: string
  field?: string
  breaks: boolean
  what: string
}

export interface ApiExportRequest {
  group: string
  version?: string
  number?: number
}

export interface ApiExportResponse {
  document: string
}

export interface ApiVersionRequest {
  group: string
  version?: string
}

export interface ApiGetResponse {
  group: ApiGroupItem
  version: string
  live: number
  root: string
  operations: ApiOperationItem[]
  findings: ApiFindingItem[]
  errors: number
}

export interface ApiGroupItem {
  group: string
  title: string
  corpId: string
  platform: boolean
  audience: PublishKind
  corps: string[]
  apps: string[]
  addresses: string[]
  broken?: string
  versions: ApiVersionItem[]
}

export interface ApiVersionItem {
  version: string
  live: number
  draftedBy: string
  draftedAt: number
  broken?: string
}

export interface ApiOperationItem {
  operation: string
  id: string
  title: string
  line: number
  grade?: Grade
  statedBy?: 'document' | 'setting'
  suggested: Grade
  because: string
  scope?: string
  limitGroup: string
  masks: ApiMaskItem[]
  suggestedMasks: ApiMaskItem[]
  deprecated: boolean
  hidden: boolean
  maxBody: number
}

export interface ApiMaskItem {
  path: string
  kind: 'phone' | 'idcard' | 'email' | 'name' | 'bankcard' | 'pattern' | 'hide' | 'null'
  pattern?: string
  replacement?: string
  below?: 'R2'
}

export interface ApiFindingItem {
  rule: string
  severity: Severity
  pointer: string
  line: number
  expected: string
  found: string
  fix: string
}

export interface ApiImportRequest {
  group: string
  version?: string
  title?: string
  document: string
  gradeFrom?: string
  grades?: ApiGradeGiven[]
  upstream?: string[]
  platform?: boolean
  dryRun?: boolean
}

export interface ApiGradeGiven {
  operation: string
  grade: Grade
}

export interface ApiImportResponse {
  imported: boolean
  operations: number
  findings: ApiFindingItem[]
  errors: number
}

export interface ApiLintRequest {
  document?: string
  gradeFrom?: string
  group?: string
  version?: string
}

export interface ApiFindingList {
  findings: ApiFindingItem[]
  errors: number
}

export interface ApiGroupList {
  list: ApiGroupItem[]
}

export interface ApiPublishRequest {
  group: string
  version?: string
  note?: string
  confirm?: string
}

export interface ApiPublishResponse {
  number: number
  root: string
}

export interface ApiRemoveRequest {
  group: string
  confirm: string
}

export interface ApiNumberRequest {
  group: string
  version?: string
  number: number
}

export interface ApiAudienceRequest {
  group: string
  audience: PublishKind
  corps?: string[]
  apps?: string[]
}

export interface ApiSetOperationRequest {
  group: string
  version?: string
  operation: string
  grade?: Grade
  limitGroup?: string
  masks?: ApiMaskGiven[]
  resetMasks?: boolean
  deprecated?: boolean
  hidden?: boolean
  maxBody?: number
}

export interface ApiMaskGiven {
  path: string
  kind: 'phone' | 'idcard' | 'email' | 'name' | 'bankcard' | 'pattern' | 'hide' | 'null'
  pattern?: string
  replacement?: string
  below?: 'R2'
}

export interface ApiGroupRequest {
  group: string
}

export interface ApiHealthResponse {
  addresses: ApiAddressItem[]
  host: string
  healthPath: string
  timeoutMs: number
  retries: number
  maxInFlight: number
  broken?: string
}

export interface ApiAddressItem {
  url: string
  state: 'up' | 'down' | 'ejected' | 'trying'
  since?: number
  inFlight: number
  failures: number
  until?: number
  last?: string
}

export interface ApiUpstreamSetRequest {
  group: string
  addresses?: string[]
  host?: string
  healthPath?: string
  timeoutMs?: number
  retries?: number
  maxInFlight?: number
}

export interface ApiPublicationList {
  live: number
  list: ApiPublicationItem[]
}

export interface ApiPublicationItem {
  number: number
  note: string
  publishedBy: string
  publishedAt: number
}

export interface ApiWithdrawRequest {
  group: string
  version?: string
  confirm: string
}

export interface AppCodeRequest {
  agentId: number
  userId: string
  purpose?: 'login' | 'admin'
  consent?: string[]
}

export interface AppCodeResponse {
  code: string
  expiresAt: number
}

export interface AgentRequest {
  agentId: number
}

export interface ConsentListResponse {
  list: ConsentItem[]
}

export interface ConsentItem {
  userId: string
  agentId: number
  appName: string
  scopes: string[]
  declined: string[]
  at: number
}

export interface AppConsentRevokeRequest {
  agentId: number
  userId: string
}

export interface TokenRevokeResponse {
  revoked: number
}

export interface AppCreateRequest {
  name: string
  description?: string
  scopes?: string[]
  dataGrade?: 'R1' | 'R2'
  strict?: boolean
  dialects?: Dialect[]
}

export interface AppCreateResponse {
  agentId: number
  appKey: string
  appSecret: string
}

export interface AppDeleteRequest {
  agentId: number
  confirm: string
}

export interface AppGetRequest {
  agentId: number
}

export interface AppGetResponse {
  agentId: number
  appKey: string
  name: string
  description: string
  state: AppState
  dataGrade: Grade
  strict: boolean
  ids: IDs
  createdAt: number
  secrets: SecretItem[]
  scopes: ScopeItem[]
  range: RangeItem
  ips: string[]
  redirectUrls: string[]
  signatures: Scheme[]
  requireSignature: boolean
  development: boolean
  public: boolean
  dialects: Dialect[]
}

export interface SecretItem {
  id: string
  hint: string
  createdAt: number
  expiresAt?: number
  lastUsedAt?: number
}

export interface ScopeItem {
  scope: string
  title: string
  grade: Grade
  reason: string
  grantedBy: string
  grantedAt: number
}

export interface RangeItem {
  all: boolean
  departments: RangeDepartment[]
  users: RangePerson[]
}

export interface RangeDepartment {
  deptId: number
  name: string
}

export interface RangePerson {
  userId: string
  name: string
}

export interface AppListRequest {
  search?: string
  state?: AppState
  cursor?: string
  size?: number
}

export interface AppListResponse {
  list: AppListItem[]
  nextCursor?: string
  hasMore: boolean
  totalCount: number
}

export interface AppListItem {
  agentId: number
  appKey: string
  name: string
  description: string
  state: AppState
  dataGrade: Grade
  scopes: number
  createdAt: number
  lastCallAt?: number
  suite?: string
}

export interface ScopeGrantRequest {
  agentId: number
  scopes: string[]
  reason: string
}

export interface ScopeRevokeRequest {
  agentId: number
  scope: string
}

export interface SecretRevokeRequest {
  agentId: number
  id: string
}

export interface SecretRotateRequest {
  agentId: number
  keepOldFor?: string
}

export interface SecretRotateResponse {
  appSecret: string
  oldExpiresAt?: number
}

export interface AppUpdateRequest {
  agentId: number
  name?: string
  description?: string
  state?: AppState
  dataGrade?: 'R1' | 'R2'
  strict?: boolean
  ids?: IDs
  ips?: string[]
  redirectUrls?: string[]
  signatures?: Scheme[]
  dialects?: Dialect[]
  development?: boolean
  public?: boolean
  range?: NewRange
}

export interface NewRange {
  all?: boolean
  departments?: number[]
  users?: string[]
}

export interface AuthorizeRequest {
  client_id: string
  redirect_uri: string
  response_type: 'code'
  scope: string
  state?: string
  prompt?: 'consent'
  code_challenge?: string
  code_challenge_method?: string
}

export interface AuthorizationAskResponse {
  location?: string
  ticket?: string
  appName: string
  corpName: string
  userId: string
  name: string
  scopes: AskedScope[]
}

export interface AskedScope {
  scope: string
  title: string
  grade: Grade
  required: boolean
  ticked: boolean
}

export interface AuthorizationCheckResponse {
  appName: string
  description: string
  corpId: string
  corpName: string
  sandbox: boolean
  people: PickItem[]
}

export interface PickItem {
  userId: string
  name: string
}

export interface AuthorizationDecideRequest {
  ticket: string
  approve?: boolean
  scopes?: string[]
}

export interface AuthorizationDecideResponse {
  location: string
}

export interface AuthorizationPickRequest {
  client_id: string
  redirect_uri: string
  response_type: 'code'
  scope: string
  state?: string
  prompt?: 'consent'
  code_challenge?: string
  code_challenge_method?: string
  userId: string
}

export interface CallGetRequest {
  requestId: string
}

export interface CallFixResponse {
  applied: string
}

export interface CallGetResponse {
  id: string
  shortId: string
  at: number
  dialect: string
  method: string
  path: string
  title: string
  agentId?: number
  appKey?: string
  appName?: string
  userId?: string
  delegate?: string
  confirmed?: string
  ip: string
  status: number
  code: string
  message: string
  tookUs: number
  operation: string
  scope?: string
  grade?: Grade
  rule: string
  step: string
  expected?: string
  found?: string
  canonical?: string
  hint?: string
  requiredScopes?: string[]
  warning?: string
  masked?: string[]
  suppressed?: CallField[]
  ids?: CallID[]
  shadow?: string[]
  requestBytes: number
  answerBytes: number
  fix?: CallFix
  steps: CallStep[]
}

export interface CallField {
  field: string
  why: string
  scope?: string
  ruleId?: number
}

export interface CallID {
  kind: string
  own: string
  plain: string
}

export interface CallFix {
  kind: string
  description: string
  command: string
  allowed: boolean
  why?: string
}

export interface CallStep {
  name: string
  tookUs: number
}

export interface CallListRequest {
  search?: string
  requestId?: string
  agentId?: number
  outcome?: AuditOutcome
  path?: string
  shadow?: string
  since?: number
  until?: number
  cursor?: string
  size?: number
}

export interface CallListResponse {
  list: CallListItem[]
  nextCursor?: string
  hasMore: boolean
}

export interface CallListItem {
  id: string
  shortId: string
  at: number
  dialect: string
  method: string
  path: string
  title: string
  agentId?: number
  appKey?: string
  appName?: string
  userId?: string
  delegate?: string
  ip: string
  status: number
  code: string
  message: string
  tookUs: number
  shadow?: string[]
}

export interface CallStatsRequest {
  minutes?: number
  agentId?: number
}

export interface CallStatsResponse {
  buckets: CallBucket[]
}

export interface CallBucket {
  at: number
  ok: number
  refused: number
  error: number
}

export interface CallbackRequest {
  agentId: number
  id?: string
}

export interface CallbackCheck {
  accepted: boolean
  status?: number
  tookMs: number
  expected?: string
  found: string
}

export interface CallbackListRequest {
  agentId: number
}

export interface CallbackList {
  list: CallbackItem[]
}

export interface CallbackItem {
  id: string
  agentId: number
  origin: 'console' | 'api' | 'suite'
  url: string
  form: Form
  events: string[]
  ordered: boolean
  most: number
  timeoutMs: number
  testGroup?: string
  state: EventState
  reason?: string
  failingSince?: number
  createdAt: number
}

export interface CallbackSecrets {
  form: Form
  token?: string
  aesKey?: string
  ownerKey?: string
  secret?: string
}

export interface CallbackSetRequest {
  id?: string
  agentId: number
  url?: string
  form?: Form
  token?: string
  aesKey?: string
  secret?: string
  events?: string[]
  ordered?: boolean
  most?: number
  timeoutMs?: number
  testGroup?: string
  state?: EventState
  check?: boolean
}

export interface ClockView {
  now: number
  offsetMs: number
  movable: boolean
}

export interface ClockMoveRequest {
  by: string
}

export interface CorpCreateRequest {
  name: string
  sandbox?: boolean
  people?: number
  userId?: string
  password?: string
}

export interface CorpIDResponse {
  corpId: string
}

export interface CorpListResponse {
  list: CorpItem[]
}

export interface CorpItem {
  corpId: string
  name: string
  sandbox: boolean
  people: number
  departments: number
  createdAt: number
}

export interface CorpRenameRequest {
  name: string
}

export interface CorpResetRequest {
  corpId: string
  confirm: string
}

export interface CorpSettings {
  requireHttps: boolean
}

export interface CorpSettingsSetRequest {
  requireHttps?: boolean
}

export interface SsoSecretResponse {
  ssoSecret: string
}

export interface CorpSwitchRequest {
  corpId: string
}

export interface SessionOpenResponse {
  token: string
  userId: string
  name: string
  corpId: string
  corpName: string
  operator: boolean
  sandbox: boolean
  expiresAt: number
}

export interface DatabaseRequest {
  agentId: number
  engine?: Engine
  address?: string
  database?: string
  schema?: string
  user?: string
  password?: string
  tls?: 'verify' | 'off'
  ca?: string
  create?: boolean
}

export interface DatabaseReport {
  usable: boolean
  version?: string
  account?: string
  tls?: string
  findings: DatabaseFinding[]
}

export interface DatabaseFinding {
  level: Level
  name: string
  text: string
  detail?: string
  repair?: string
  sql?: string[]
}

export interface DatabaseSet {
  subscriptionId: string
  copying: boolean
  findings: DatabaseFinding[]
}

export interface DatabaseOf {
  agentId: number
}

export interface DatabaseStatus {
  subscriptionId: string
  state: EventState
  reason?: string
  subscribeId: string
  engine: Engine
  address: string
  database: string
  schema?: string
  user: string
  tls: 'verify' | 'off'
  sync?: DatabaseCopy
}

export interface DatabaseCopy {
  state: CopyState
  object: Object
  looked: number
  total: number
  problem?: string
  startedAt: number
  changedAt: number
}

export interface PolicyRequest {
  agentId: number
}

export interface PolicyItem {
  agentId: number
  allowed: boolean
  reads: boolean
  operations: string[]
  by?: string
  at?: number
}

export interface PolicySetRequest {
  agentId: number
  reads?: boolean
  operations?: string[]
}

export interface DecideRequest {
  id: string
  approve?: boolean
}

export interface RequestList {
  list: RequestItem[]
}

export interface RequestItem {
  id: string
  agentId: number
  delegate: string
  operation: string
  arguments: string
  state: Answer
  at: number
  until: number
}

export interface DepartmentChildrenRequest {
  deptId?: number
}

export interface DepartmentChildrenResponse {
  list: DepartmentItem[]
}

export interface DepartmentItem {
  deptId: number
  name: string
  hasChildren: boolean
  people: number
}

export interface ExportRequest {
  since?: number
  until?: number
  after?: number
  size?: number
}

export interface ExportResponse {
  lines: string[]
  next?: number
}

export interface ListRequest {
  personId?: string
  userId?: string
  agentId?: number
  field?: string
  since?: number
  until?: number
  cursor?: string
  size?: number
}

export interface ListResponse {
  list: ListItem[]
  nextCursor?: string
  hasMore: boolean
}

export interface ListItem {
  seq: number
  at: number
  requestId: string
  as: string
  appKey?: string
  agentId?: number
  userId?: string
  operation: string
  change: boolean
  fields: string[]
  people: string[]
  count: number
  times: number
}

export interface HeadResponse {
  seq: number
  hash: string
  at: number
  sig: string
  key: string
}

export interface VerifyRequest {
  seal?: SealFields
}

export interface SealFields {
  seq: number
  hash: string
  at: number
  sig: string
}

export interface VerifyResponse {
  ok: boolean
  corpId: string
  records: number
  first: number
  last: number
  removed: number
  seals: number
  sealed: number
  problem?: ProblemView
}

export interface ProblemView {
  seq: number
  what: string
  expected: string
  found: string
}

export interface EventHealthResponse {
  checkedAt?: number
  since?: number
  checked: number
  missing: number
  examples: EventUntraced[]
  keep: EventKeep
}

export interface EventUntraced {
  eventId: string
  name: string
  object: string
  told: number
  traced: number
}

export interface EventKeep {
  eventDays: number
  attemptDays: number
  deadDays: number
  rows: number
}

export interface EventDeadRequest {
  agentId?: number
  subscriptionId?: string
  cursor?: string
  size?: number
}

export interface EventDeadResponse {
  list: EventDeadItem[]
  nextCursor?: string
  hasMore: boolean
}

export interface EventDeadItem {
  eventId: string
  name: string
  title: string
  object: string
  subscriptionId: string
  agentId?: number
  appName?: string
  failed: number
  reason: string
  diedAt: number
}

export interface EventDeadRepushRequest {
  subscriptionId: string
}

export interface EventDeadRepushResponse {
  repushed: number
  hasMore: boolean
}

export interface EventGetRequest {
  eventId: string
  subscriptionId?: string
}

export interface EventGetResponse {
  eventId: string
  name: string
  title: string
  object: string
  at: number
  madeAt: number
  told: number
  body: string
  deliveries: EventDelivery[]
  more: boolean
}

export interface EventDelivery {
  subscriptionId: string
  agentId?: number
  appName?: string
  way?: string
  group?: string
  target?: string
  state: Status
  failed: number
  nextAt?: number
  reason?: string
  diedAt?: number
  replayed: boolean
  attempts: EventAttempt[]
}

export interface EventAttempt {
  at: number
  tookUs: number
  outcome: EventOutcome
  status: number
  answer?: string
  injected?: string
  replayed: boolean
}

export interface EventListRequest {
  name?: string
  object?: string
  agentId?: number
  subscriptionId?: string
  state?: Status
  since?: number
  until?: number
  cursor?: string
  size?: number
}

export interface EventListResponse {
  list: EventListItem[]
  traced: boolean
  nextCursor?: string
  hasMore: boolean
}

export interface EventListItem {
  eventId: string
  name: string
  title: string
  object: string
  at: number
  madeAt: number
  told: number
  waiting: number
  failed: number
  delivered: number
  dead: number
  dropped: number
  replayed: boolean
  injected: boolean
}

export interface EventReplayRequest {
  subscriptionId?: string
  agentId?: number
  group?: string
  since?: number
  fromEventId?: string
  until?: number
  names?: string[]
  dryRun?: boolean
}

export interface EventReplayResponse {
  replay?: EventReplay
  targets: EventReplayTarget[]
  deliveries: number
}

export interface EventReplay {
  replayId: string
  agentId: number
  appName: string
  group?: string
  subscriptionIds: string[]
  names?: string[]
  since: number
  until: number
  doneAt: number
  seen: number
  made: number
  state: ReplayState
  createdBy: string
  createdAt: number
  changedAt: number
}

export interface EventReplayTarget {
  subscriptionId: string
  name: string
  way: string
  deliveries: number
  pending: number
}

export interface EventReplayIDRequest {
  replayId: string
}

export interface EventReplayListRequest {
  cursor?: string
  size?: number
}

export interface EventReplayListResponse {
  list: EventReplay[]
  nextCursor?: string
  hasMore: boolean
}

export interface EventRepushRequest {
  eventId: string
  subscriptionId: string
}

export interface EventStatsRequest {
  subscriptionId: string
  by?: 'minute' | 'hour'
  hours?: number
}

export interface EventStatsResponse {
  buckets: EventBucket[]
  complete: boolean
}

export interface EventBucket {
  at: number
  sent: number
  accepted: number
  failed: number
  p50Us: number
  p99Us: number
}

export interface EventSubscriptionCreateRequest {
  agentId: number
  way?: 'pull'
  names: string[]
  group?: string
}

export interface EventSubscription {
  subscriptionId: string
  agentId: number
  appName: string
  name: string
  way: 'callback' | 'stream' | 'database' | 'pull'
  origin: string
  group?: string
  target?: string
  state: EventState
  reason?: string
  failingSince?: number
  names: string[]
  ordered: boolean
  most: number
  timeoutMs: number
  createdAt: number
  backlog: number
  oldestAt?: number
  dead: number
  accepted: number
  failed: number
  later: number
  dropped: number
  lastSuccessAt?: number
  lastFailureAt?: number
  lastError?: string
}

export interface EventSubscriptionRequest {
  subscriptionId: string
}

export interface EventSubscriptionStateRequest {
  subscriptionId: string
  reason?: string
}

export interface EventSubscriptionRemoveRequest {
  subscriptionId: string
  confirm: string
}

export interface EventSubscriptionUpdateRequest {
  subscriptionId: string
  names?: string[]
  ordered?: boolean
  most?: number
  timeoutMs?: number
  group?: string
}

export interface EventSubscriptionsRequest {
  agentId?: number
  cursor?: string
  size?: number
}

export interface EventSubscriptionsResponse {
  list: EventSubscription[]
  nextCursor?: string
  hasMore: boolean
}

export interface EventTriggerRequest {
  name: string
  payload?: string
}

export interface EventTriggerResponse {
  eventId: string
  object: string
}

export interface EventTypesRequest {
  name?: string
  family?: string
  state?: FactState
}

export interface EventTypesResponse {
  list: EventType[]
}

export interface EventType {
  name: string
  title: string
  family: string
  familyTitle: string
  state: FactState
  silent?: string
  doc?: string
  scope?: string
  dataGrade?: Grade
  internal: boolean
  suites: boolean
  rowType?: number
  known?: string
  fields: EventField[]
  example?: string
}

export interface EventField {
  name: string
  type: string
  grade: Grade
  doc: string
}

export interface FaultList {
  list: FaultItem[]
}

export interface FaultItem {
  id: number
  agentId?: number
  appName?: string
  subscription?: string
  events?: string[]
  kind: FaultKind
  byMs?: number
  percent: number
  seed: number
  remaining: number
  endsAt: number
  setAt: number
  setBy: string
}

export interface FaultID {
  id?: number
}

export interface FaultRequest {
  kind: FaultKind
  agentId?: number
  subscription?: string
  events?: string[]
  byMs?: number
  percent?: number
  seed?: number
  next?: number
  forMs?: number
}

export interface JsapiVerifyRequest {
  agentId: number
  url: string
  nonceStr: string
  timeStamp: string
  signature: string
}

export interface JsapiVerifyResponse {
  valid: boolean
  texts: string[]
}

export interface KeyRotateResponse {
  key: number
}

export interface KeyRotateAllResponse {
  corps: number
}

export interface KeyStatusResponse {
  corpId: string
  key: number
  since: number
  done: boolean
  tables: KeyTable[]
}

export interface KeyTable {
  table: string
  older: number
  rows: number
}

export interface LimitGroupListResponse {
  list: LimitGroup[]
  declared: string[]
}

export interface LimitGroup {
  name: string
  operations: string[]
}

export interface LimitGroupRemoveRequest {
  name: string
}

export interface LimitGroupSetRequest {
  name: string
  operations: string[]
}

export interface LimitListRequest {
  platform?: boolean
}

export interface LimitListResponse {
  list: LimitRule[]
  timeZone: string
}

export interface LimitRule {
  id: string
  platform: boolean
  default: boolean
  source?: string
  level: number
  agentId?: number
  appName?: string
  operation?: string
  group?: string
  window: Window
  max: number
  shadow: boolean
  createdAt: number
  createdBy: string
  changedAt: number
  changedBy: string
}

export interface LimitPackageGrantRequest {
  agentId: number
  operation?: string
  group?: string
  amount: number
  days?: number
  startsAt?: number
  endsAt?: number
}

export interface LimitPackage {
  id: string
  agentId: number
  appName: string
  operation?: string
  group?: string
  amount: number
  remaining: number
  startsAt: number
  endsAt: number
  createdAt: number
  createdBy: string
}

export interface LimitPackageListResponse {
  list: LimitPackage[]
}

export interface LimitPackageRemoveRequest {
  id: string
}

export interface LimitRemoveRequest {
  platform?: boolean
  id: string
}

export interface LimitSetRequest {
  platform?: boolean
  level?: number
  agentId?: number
  operation?: string
  group?: string
  window: Window
  max?: number
  shadow?: boolean
}

export interface LimitTryRequest {
  agentId?: number
  operation?: string
  group?: string
  window: Window
  max?: number
  hours?: number
}

export interface LimitTryResponse {
  list: LimitTriedApp[]
  days: LimitTriedDay[]
}

export interface LimitTriedApp {
  agentId: number
  appName: string
  calls: number
  refused: number
  windows: LimitTriedWindow[]
  days: LimitTriedDay[]
}

export interface LimitTriedWindow {
  startsAt: number
  refused: number
}

export interface LimitTriedDay {
  startsAt: number
  calls: number
  refused: number
}

export interface LimitUsageResponse {
  list: LimitUsage[]
}

export interface LimitUsage {
  rule: LimitRule
  used: number
  remaining: number
  resetAt: number
  wouldRefuse: number
}

export interface LimitZoneRequest {
  timeZone: string
}

export interface RuleList {
  list: RuleItem[]
}

export interface RuleItem {
  id: number
  field: string
  kind: 'phone' | 'idcard' | 'email' | 'name' | 'bankcard' | 'pattern' | 'hide'
  pattern?: string
  replacement?: string
  operation?: string
  agentId?: number
  appName?: string
  withoutScope?: string
  dataGrade?: Grade
  enabled: boolean
  reason: string
  by: string
  at: number
}

export interface PreviewRequest {
  rule?: RuleRequest
  agentId: number
  operation?: string
  request?: string
  userId?: string
}

export interface RuleRequest {
  id?: number
  field: string
  kind: 'phone' | 'idcard' | 'email' | 'name' | 'bankcard' | 'pattern' | 'hide'
  pattern?: string
  replacement?: string
  operation?: string
  agentId?: number
  withoutScope?: string
  dataGrade?: 'R1' | 'R2'
  enabled?: boolean
  reason?: string
}

export interface PreviewResponse {
  before: string
  after: string
  changed: PreviewField[]
}

export interface PreviewField {
  field: string
  why: string
  scope?: string
  ruleId?: number
}

export interface RuleID {
  id: number
}

export interface OperationGetRequest {
  operation: string
}

export interface OperationGetResponse {
  item: OperationItem
  doc: string
  caller: 'app' | 'person' | 'app or person' | 'suite' | 'anyone'
  docs?: string
  request: OperationField[]
  answer: OperationField[]
}

export interface OperationItem {
  operation: string
  dialect: 'v1' | 'v2'
  title: string
  titleEn: string
  grade?: Grade
  scope: string
  group?: string
  offered: boolean
  switchable: boolean
  state: 'open' | 'closed' | 'allowed'
  switches: SwitchItem[]
}

export interface SwitchItem {
  platform: boolean
  state: 'closed' | 'allowed'
  apps: string[]
  reason: string
  by: string
  at: number
}

export interface OperationField {
  field: string
  type: string
  required: boolean
  doc: string
  enum?: string[]
  grade?: Grade
  mask?: string
  needs?: string
}

export interface OperationListRequest {
  search?: string
  state?: 'open' | 'closed' | 'allowed'
  dialect?: 'v1' | 'v2'
  grade?: Grade
  scope?: string
  which?: Which
  cursor?: string
  size?: number
}

export interface OperationListResponse {
  list: OperationItem[]
  nextCursor?: string
  hasMore: boolean
  totalCount: number
}

export interface OperationSwitchRequest {
  operation: string
  state: 'open' | 'closed' | 'allowed'
  apps?: string[]
  reason?: string
  platform?: boolean
}

export interface ProtectRequest {
  userId: string
  reason?: string
}

export interface ProtectedList {
  list: ProtectedItem[]
}

export interface ProtectedItem {
  userId: string
  name?: string
  reason: string
  by: string
  at: number
  waivers: WaiverItem[]
}

export interface WaiverItem {
  agentId: number
  appName?: string
  until: number
  active: boolean
  reason: string
  by: string
  at: number
}

export interface PersonSearchRequest {
  query?: string
  cursor?: string
  size?: number
}

export interface PersonSearchResponse {
  list: PersonItem[]
  hasMore: boolean
  nextCursor?: string
}

export interface PersonItem {
  userId: string
  name: string
  title?: string
  departments: string[]
  avatar?: string
}

export interface UnprotectRequest {
  userId: string
}

export interface WaiverEndRequest {
  userId: string
  agentId: number
}

export interface WaiverRequest {
  userId: string
  agentId: number
  until: number
  reason?: string
}

export interface InfoResponse {
  version: string
  engine: 'sqlite' | 'postgres'
  url: string
  offered: Counts
  known: Counts
  channelFingerprint: string
  replaysRefused: number
  noncesRefused: number
  answerHits: number
  answerMisses: number
  answerBytes: number
}

export interface Counts {
  v1: number
  v2: number
}

export interface ScopeListResponse {
  list: ScopeEntry[]
}

export interface ScopeEntry {
  scope: string
  title: string
  titleEn: string
  grade: Grade
  kind: ScopeKind
  operations: ScopeOpened[]
}

export interface ScopeOpened {
  method: string
  path: string
  title: string
  grade: Grade
}

export interface SessionView {
  userId: string
  name: string
  corpId: string
  corpName: string
  operator: boolean
  sandbox: boolean
  expiresAt: number
}

export interface SessionOpenRequest {
  user: string
  password: string
  corpId?: string
}

export interface SetupCreateRequest {
  code: string
  corpName: string
  userId: string
  name: string
  password: string
  mobile?: string
}

export interface SetupStatusResponse {
  needed: boolean
  version: string
}

export interface ConnectionsRequest {
  agentId?: number
}

export interface ConnectionsResponse {
  list: ConnectionItem[]
}

export interface ConnectionItem {
  id: string
  agentId: number
  appKey: string
  node: number
  since: number
  remote: string
  local?: string
  userAgent?: string
  events: boolean
  topics?: string[]
  answeredAt?: number
}

export interface SendRequest {
  agentId: number
  topic: string
  data?: string
  wait?: number
}

export interface SendResponse {
  connection: string
  code: number
  message: string
  data: string
  tookMs: number
}

export interface SuiteAuthorizeRequest {
  suiteKey: string
  name?: string
  scopes?: string[]
  range?: SuiteRange
}

export interface SuiteRange {
  all?: boolean
  departments?: number[]
  users?: string[]
}

export interface SuiteAuthorizeResponse {
  agentId: number
  authorization: SuiteState
}

export interface SuiteCallbackRequest {
  suiteKey: string
  callbackUrl?: string
  token?: string
  aesKey?: string
  check?: boolean
}

export interface SuiteChangeRequest {
  suiteKey: string
  scopes?: string[]
  range?: SuiteRange
}

export interface SuiteCreateRequest {
  name: string
  description?: string
  scopes?: string[]
  callbackUrl?: string
  token?: string
  aesKey?: string
  check?: boolean
}

export interface SuiteCreateResponse {
  agentId: number
  suiteKey: string
  suiteSecret: string
  suiteId: number
  appId: number
}

export interface SuiteKeyRequest {
  suiteKey: string
}

export interface SuiteResponse {
  suite: OwnSuite
  companies: OpenedBy[]
}

export interface OwnSuite {
  agentId: number
  suiteKey: string
  suiteId: number
  appId: number
  name: string
  state: AppState
  scopes: string[]
  activates: boolean
  companies: number
  createdAt: number
}

export interface OpenedBy {
  corpId: string
  corpName: string
  agentId: number
  authorization: SuiteState
  openedAt: number
}

export interface SuiteListResponse {
  suites: OwnSuite[]
  opened: OpenedSuite[]
}

export interface OpenedSuite {
  agentId: number
  suiteKey: string
  name: string
  authorization: SuiteState
  state: AppState
  scopes: string[]
  openedBy: string
  openedAt: number
}

export interface SuiteRelieveRequest {
  suiteKey: string
  confirm: string
}

export interface SuiteTicketResponse {
  suiteTicket: string
  expiresAt: number
}

export interface TrustOpenRequest {
  address?: string
}

export interface TrustOpenResponse {
  names: string[]
  certificate: string
  directory: string
}

export interface CloseRequest {
  agentId: number
  subscription: string
}

export interface OpenRequest {
  agentId: number
  subscription?: string
  events?: string[]
  since?: number
  keep?: boolean
  forward?: string
  token?: string
  aesKey?: string
  ownerKey?: string
  form?: Form
  secret?: string
  timeoutMs?: number
}

export interface OpenResponse {
  subscription: string
  appName: string
  appKey: string
  corpId: string
  ticket: string
  token: string
  aesKey: string
  ownerKey: string
  made: boolean
  past: number
  form: Form
  secret?: string
}

export interface Operations {
  'api.diff': { request: ApiDiffRequest; response: ApiChangeList }
  'api.export': { request: ApiExportRequest; response: ApiExportResponse }
  'api.get': { request: ApiVersionRequest; response: ApiGetResponse }
  'api.import': { request: ApiImportRequest; response: ApiImportResponse }
  'api.lint': { request: ApiLintRequest; response: ApiFindingList }
  'api.list': { request: None; response: ApiGroupList }
  'api.publish': { request: ApiPublishRequest; response: ApiPublishResponse }
  'api.remove': { request: ApiRemoveRequest; response: None }
  'api.rollback': { request: ApiNumberRequest; response: None }
  'api.setAudience': { request: ApiAudienceRequest; response: None }
  'api.setOperation': { request: ApiSetOperationRequest; response: None }
  'api.upstream.health': { request: ApiGroupRequest; response: ApiHealthResponse }
  'api.upstream.set': { request: ApiUpstreamSetRequest; response: None }
  'api.versions': { request: ApiVersionRequest; response: ApiPublicationList }
  'api.withdraw': { request: ApiWithdrawRequest; response: None }
  'app.code': { request: AppCodeRequest; response: AppCodeResponse }
  'app.consent.list': { request: AgentRequest; response: ConsentListResponse }
  'app.consent.revoke': { request: AppConsentRevokeRequest; response: TokenRevokeResponse }
  'app.create': { request: AppCreateRequest; response: AppCreateResponse }
  'app.delete': { request: AppDeleteRequest; response: None }
  'app.get': { request: AppGetRequest; response: AppGetResponse }
  'app.list': { request: AppListRequest; response: AppListResponse }
  'app.scope.grant': { request: ScopeGrantRequest; response: None }
  'app.scope.revoke': { request: ScopeRevokeRequest; response: None }
  'app.secret.revoke': { request: SecretRevokeRequest; response: None }
  'app.secret.rotate': { request: SecretRotateRequest; response: SecretRotateResponse }
  'app.token.revoke': { request: AgentRequest; response: TokenRevokeResponse }
  'app.update': { request: AppUpdateRequest; response: None }
  'authorization.ask': { request: AuthorizeRequest; response: AuthorizationAskResponse }
  'authorization.check': { request: AuthorizeRequest; response: AuthorizationCheckResponse }
  'authorization.decide': { request: AuthorizationDecideRequest; response: AuthorizationDecideResponse }
  'authorization.pick': { request: AuthorizationPickRequest; response: AuthorizationAskResponse }
  'call.fix': { request: CallGetRequest; response: CallFixResponse }
  'call.get': { request: CallGetRequest; response: CallGetResponse }
  'call.list': { request: CallListRequest; response: CallListResponse }
  'call.stats': { request: CallStatsRequest; response: CallStatsResponse }
  'callback.check': { request: CallbackRequest; response: CallbackCheck }
  'callback.list': { request: CallbackListRequest; response: CallbackList }
  'callback.reveal': { request: CallbackRequest; response: CallbackSecrets }
  'callback.set': { request: CallbackSetRequest; response: CallbackItem }
  'clock.get': { request: None; response: ClockView }
  'clock.move': { request: ClockMoveRequest; response: ClockView }
  'clock.reset': { request: None; response: ClockView }
  'consent.list': { request: None; response: ConsentListResponse }
  'consent.revoke': { request: AgentRequest; response: TokenRevokeResponse }
  'corp.create': { request: CorpCreateRequest; response: CorpIDResponse }
  'corp.list': { request: None; response: CorpListResponse }
  'corp.rename': { request: CorpRenameRequest; response: None }
  'corp.reset': { request: CorpResetRequest; response: None }
  'corp.settings.get': { request: None; response: CorpSettings }
  'corp.settings.set': { request: CorpSettingsSetRequest; response: CorpSettings }
  'corp.sso.secret': { request: None; response: SsoSecretResponse }
  'corp.switch': { request: CorpSwitchRequest; response: SessionOpenResponse }
  'database.check': { request: DatabaseRequest; response: DatabaseReport }
  'database.set': { request: DatabaseRequest; response: DatabaseSet }
  'database.status': { request: DatabaseOf; response: DatabaseStatus }
  'database.sync': { request: DatabaseOf; response: DatabaseCopy }
  'delegation.policy.get': { request: PolicyRequest; response: PolicyItem }
  'delegation.policy.set': { request: PolicySetRequest; response: PolicyItem }
  'delegation.request.decide': { request: DecideRequest; response: None }
  'delegation.request.list': { request: None; response: RequestList }
  'department.children': { request: DepartmentChildrenRequest; response: DepartmentChildrenResponse }
  'disclosure.export': { request: ExportRequest; response: ExportResponse }
  'disclosure.list': { request: ListRequest; response: ListResponse }
  'disclosure.seal': { request: None; response: HeadResponse }
  'disclosure.verify': { request: VerifyRequest; response: VerifyResponse }
  'event.audit': { request: None; response: EventHealthResponse }
  'event.dead': { request: EventDeadRequest; response: EventDeadResponse }
  'event.dead.repush': { request: EventDeadRepushRequest; response: EventDeadRepushResponse }
  'event.get': { request: EventGetRequest; response: EventGetResponse }
  'event.health': { request: None; response: EventHealthResponse }
  'event.list': { request: EventListRequest; response: EventListResponse }
  'event.replay': { request: EventReplayRequest; response: EventReplayResponse }
  'event.replay.get': { request: EventReplayIDRequest; response: EventReplay }
  'event.replay.list': { request: EventReplayListRequest; response: EventReplayListResponse }
  'event.replay.stop': { request: EventReplayIDRequest; response: EventReplay }
  'event.repush': { request: EventRepushRequest; response: None }
  'event.stats': { request: EventStatsRequest; response: EventStatsResponse }
  'event.subscription.create': { request: EventSubscriptionCreateRequest; response: EventSubscription }
  'event.subscription.get': { request: EventSubscriptionRequest; response: EventSubscription }
  'event.subscription.pause': { request: EventSubscriptionStateRequest; response: EventSubscription }
  'event.subscription.remove': { request: EventSubscriptionRemoveRequest; response: None }
  'event.subscription.resume': { request: EventSubscriptionRequest; response: EventSubscription }
  'event.subscription.switchoff': { request: EventSubscriptionStateRequest; response: EventSubscription }
  'event.subscription.update': { request: EventSubscriptionUpdateRequest; response: EventSubscription }
  'event.subscriptions': { request: EventSubscriptionsRequest; response: EventSubscriptionsResponse }
  'event.trigger': { request: EventTriggerRequest; response: EventTriggerResponse }
  'event.types': { request: EventTypesRequest; response: EventTypesResponse }
  'fault.list': { request: None; response: FaultList }
  'fault.remove': { request: FaultID; response: None }
  'fault.set': { request: FaultRequest; response: FaultItem }
  'jsapi.verify': { request: JsapiVerifyRequest; response: JsapiVerifyResponse }
  'key.rotate': { request: None; response: KeyRotateResponse }
  'key.rotateAll': { request: None; response: KeyRotateAllResponse }
  'key.status': { request: None; response: KeyStatusResponse }
  'limit.group.list': { request: None; response: LimitGroupListResponse }
  'limit.group.remove': { request: LimitGroupRemoveRequest; response: None }
  'limit.group.set': { request: LimitGroupSetRequest; response: LimitGroup }
  'limit.list': { request: LimitListRequest; response: LimitListResponse }
  'limit.package.grant': { request: LimitPackageGrantRequest; response: LimitPackage }
  'limit.package.list': { request: None; response: LimitPackageListResponse }
  'limit.package.remove': { request: LimitPackageRemoveRequest; response: None }
  'limit.remove': { request: LimitRemoveRequest; response: None }
  'limit.set': { request: LimitSetRequest; response: LimitRule }
  'limit.try': { request: LimitTryRequest; response: LimitTryResponse }
  'limit.usage': { request: LimitListRequest; response: LimitUsageResponse }
  'limit.zone.set': { request: LimitZoneRequest; response: None }
  'mask.list': { request: None; response: RuleList }
  'mask.preview': { request: PreviewRequest; response: PreviewResponse }
  'mask.remove': { request: RuleID; response: None }
  'mask.set': { request: RuleRequest; response: RuleItem }
  'operation.get': { request: OperationGetRequest; response: OperationGetResponse }
  'operation.list': { request: OperationListRequest; response: OperationListResponse }
  'operation.switch': { request: OperationSwitchRequest; response: None }
  'person.protect': { request: ProtectRequest; response: None }
  'person.protected.list': { request: None; response: ProtectedList }
  'person.search': { request: PersonSearchRequest; response: PersonSearchResponse }
  'person.unprotect': { request: UnprotectRequest; response: None }
  'person.waiver.remove': { request: WaiverEndRequest; response: None }
  'person.waiver.set': { request: WaiverRequest; response: None }
  'platform.info': { request: None; response: InfoResponse }
  'scope.list': { request: None; response: ScopeListResponse }
  'session.close': { request: None; response: None }
  'session.get': { request: None; response: SessionView }
  'session.open': { request: SessionOpenRequest; response: SessionOpenResponse }
  'setup.create': { request: SetupCreateRequest; response: CorpIDResponse }
  'setup.status': { request: None; response: SetupStatusResponse }
  'stream.connections': { request: ConnectionsRequest; response: ConnectionsResponse }
  'stream.send': { request: SendRequest; response: SendResponse }
  'suite.authorize': { request: SuiteAuthorizeRequest; response: SuiteAuthorizeResponse }
  'suite.callback': { request: SuiteCallbackRequest; response: None }
  'suite.change': { request: SuiteChangeRequest; response: None }
  'suite.create': { request: SuiteCreateRequest; response: SuiteCreateResponse }
  'suite.get': { request: SuiteKeyRequest; response: SuiteResponse }
  'suite.list': { request: None; response: SuiteListResponse }
  'suite.relieve': { request: SuiteRelieveRequest; response: None }
  'suite.restore': { request: SuiteKeyRequest; response: None }
  'suite.stop': { request: SuiteKeyRequest; response: None }
  'suite.ticket': { request: SuiteKeyRequest; response: SuiteTicketResponse }
  'trust.close': { request: None; response: None }
  'trust.open': { request: TrustOpenRequest; response: TrustOpenResponse }
  'tunnel.close': { request: CloseRequest; response: None }
  'tunnel.open': { request: OpenRequest; response: OpenResponse }
}
