export { Container, type Options } from './container'
export { Failed, type Failure } from './failure'
