/** Why a session ended: the platform's reasons, as internal/channel/reason.go has them. */
export type Reason =
  | 'done'
  | 'hello'
  | 'other-key'
  | 'forged'
  | 'sequence'
  | 'key'
  | 'malformed'
  | 'truncated'
  | 'idle'
  | 'old'
  | 'no-new-key'
  | 'shutdown'
  | 'full'

/** The error of a session that is over. Whether a call that was under way was carried out is then not known. */
export class Ended extends Error {
  constructor(readonly reason: Reason) {
    super(`the channel session ended: ${reason}`)
    this.name = 'Ended'
  }
}
