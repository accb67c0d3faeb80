import type { App } from '../../../api/types'
import type { Acts } from '../AppDetail'
import css from '../apps.module.css'
import { JsapiCheck } from './JsapiCheck'
import { TestCode } from './TestCode'

/** What helps to get an application going: a code without a client, and a page's signature explained. */
export function Test({ app, acts }: { app: App; acts: Acts }) {
  return (
    <div className={css.stack}>
      <TestCode app={app} acts={acts} />
      <JsapiCheck app={app} acts={acts} />
    </div>
  )
}
