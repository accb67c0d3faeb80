// The things that the operations speak of, named for the pages. They are taken out of the operations themselves, so it
// does not matter what the generated interfaces are called.

import type { Operations } from './gen'

type Request<K extends keyof Operations> = Operations[K]['request']
type Response<K extends keyof Operations> = Operations[K]['response']

export type Session = Response<'session.get'>
export type SignInRequest = Request<'session.open'>
export type SetUpRequest = Request<'setup.create'>
export type Platform = Response<'platform.info'>
export type Clock = Response<'clock.get'>

export type AppsQuery = Request<'app.list'>
export type AppItem = Response<'app.list'>['list'][number]
export type App = Response<'app.get'>
export type AppState = AppItem['state']
export type DataGrade = NonNullable<Request<'app.create'>['dataGrade']>
export type AppSecret = App['secrets'][number]
export type AppScope = App['scopes'][number]
export type AppRange = App['range']
export type RangeDepartment = AppRange['departments'][number]
export type RangeUser = AppRange['users'][number]
export type NewApp = Request<'app.create'>
export type AppChange = Omit<Request<'app.update'>, 'agentId'>
export type RotatedSecret = Response<'app.secret.rotate'>
export type LoginCode = Response<'app.code'>

export type Scope = Response<'scope.list'>['list'][number]
export type Grade = Scope['grade']

export type CallsQuery = Request<'call.list'>
export type CallItem = Response<'call.list'>['list'][number]
export type CallDetails = Response<'call.get'>
export type CallBucket = Response<'call.stats'>['buckets'][number]
export type CallOutcome = NonNullable<CallsQuery['outcome']>

export type EventsQuery = Request<'event.list'>
export type EventItem = Response<'event.list'>['list'][number]
export type EventDetails = Response<'event.get'>
export type EventDelivery = EventDetails['deliveries'][number]
export type EventAttempt = EventDelivery['attempts'][number]
export type DeliveryState = NonNullable<EventsQuery['state']>
export type Subscription = Response<'event.subscriptions'>['list'][number]
export type SubscriptionChange = Omit<Request<'event.subscription.update'>, 'subscriptionId'>
export type SubscriptionBucket = Response<'event.stats'>['buckets'][number]
export type CallbackChange = Request<'callback.set'>
export type DeadEvent = Response<'event.dead'>['list'][number]
export type ReplayQuery = Omit<Request<'event.replay'>, 'dryRun'>
export type ReplayCount = Response<'event.replay'>
export type Replay = Response<'event.replay.list'>['list'][number]

export type DisclosuresQuery = Request<'disclosure.list'>
export type Disclosure = Response<'disclosure.list'>['list'][number]
export type ChainReport = Response<'disclosure.verify'>
export type Seal = Response<'disclosure.seal'>

export type Policy = Response<'delegation.policy.get'>
export type Asked = Response<'delegation.request.list'>['list'][number]
export type IDs = App['ids']
export type Dialect = App['dialects'][number]

export type KeyStatus = Response<'key.status'>

export type LimitUsage = Response<'limit.usage'>['list'][number]
export type LimitRule = LimitUsage['rule']
export type LimitWindow = LimitRule['window']
export type LimitChange = Request<'limit.set'>
export type LimitGroup = Response<'limit.group.list'>['list'][number]
export type LimitPackage = Response<'limit.package.list'>['list'][number]
export type NewPackage = Request<'limit.package.grant'>
export type TrialQuery = Request<'limit.try'>
export type Trial = Response<'limit.try'>
export type TrialDay = Trial['days'][number]

export type MaskChange = Request<'mask.set'>
export type MaskKind = MaskChange['kind']
export type MaskRule = Response<'mask.list'>['list'][number] & { kind: MaskKind }
export type PreviewQuery = Request<'mask.preview'>
export type Preview = Response<'mask.preview'>
export type ProtectedPerson = Response<'person.protected.list'>['list'][number]
export type Waiver = ProtectedPerson['waivers'][number]
export type NewWaiver = Request<'person.waiver.set'>

export type OperationsQuery = Request<'operation.list'>
export type OperationItem = Response<'operation.list'>['list'][number]
export type OperationDetails = Response<'operation.get'>
export type OperationField = OperationDetails['answer'][number]
export type SwitchChange = Request<'operation.switch'>
export type Position = SwitchChange['state']

export type NewCorp = Request<'corp.create'>
export type Settings = Response<'corp.settings.get'>
export type Scheme = App['signatures'][number]

export type Department = Response<'department.children'>['list'][number]

export type ApiGroup = Response<'api.list'>['list'][number]
export type ApiVersion = Response<'api.get'>
export type ApiOperation = ApiVersion['operations'][number]
export type ApiMask = ApiOperation['masks'][number]
export type ApiMaskGiven = NonNullable<Request<'api.setOperation'>['masks']>[number]
export type ApiFinding = ApiVersion['findings'][number]
export type ApiPublications = Response<'api.versions'>
export type ApiChanges = Response<'api.diff'>
export type ApiHealth = Response<'api.upstream.health'>
export type ApiImport = Request<'api.import'>
export type ApiOperationChange = Omit<Request<'api.setOperation'>, 'group' | 'version' | 'operation'>
