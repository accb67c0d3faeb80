/** What a page is told instead of a result, in the form of the client's bridge: codes are text. */
export interface Failure {
  errorCode: string
  errorMessage: string
  [more: string]: unknown
}

/** The codes that pages know: no such API here, and everything else. */
export const code = { notSupported: '1', failed: '3' } as const

export class Failed extends Error {
  readonly failure: Failure

  constructor(errorMessage: string, more: Partial<Failure> = {}) {
    super(errorMessage)
    this.name = 'Failed'
    this.failure = { errorCode: code.failed, errorMessage, ...more }
  }
}
