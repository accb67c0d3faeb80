export { type Answer, type Call, Channel, type Options } from './channel'
export { fingerprint } from './hello'
export { Ended, type Reason } from './reason'
