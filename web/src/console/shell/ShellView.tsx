import { Link } from '@tanstack/react-router'
import { Button, Drawer, Dropdown } from 'antd'
import { type ReactNode, useState } from 'react'
import type { Platform, Session } from '../../api/types'
import { count } from '../../ui/format'
import {
  ApiOutlined,
  AppstoreAddOutlined,
  AppstoreOutlined,
  AuditOutlined,
  LogoutOutlined,
  MenuOutlined,
  NotificationOutlined,
  ProfileOutlined,
  QuestionCircleOutlined,
  RobotOutlined,
  SafetyCertificateOutlined,
  SettingOutlined,
  ThunderboltOutlined,
} from '../../ui/icons'
import { useKeys } from '../../ui/keys'
import { Mark } from '../../ui/Mark'
import { useNarrow } from '../../ui/media'
import { usePreferences, useWords } from '../../ui/preferences'
import { words as common } from '../../ui/words'
import { areas, keyOf, type Place, places } from './places'
import { Shortcuts } from './Shortcuts'
import css from './shell.module.css'
import { LanguageSwitch, ThemeSwitch } from './switches'
import { words } from './words'

interface Props {
  who: Session
  platform: Platform | undefined
  corp: ReactNode
  clock: ReactNode
  /** How many requests of assistants wait for whoever is signed in. */
  waiting: number
  onSignOut: () => void
  onGo: (to: `/${Place}`) => void
  children: ReactNode
}

export function ShellView({ who, platform, corp, clock, waiting, onSignOut, onGo, children }: Props) {
  const w = useWords(words)
  const c = useWords(common)
  const narrow = useNarrow()
  const [open, setOpen] = useState(false)
  const [help, setHelp] = useState(false)
  useKeys({
    '?': () => setHelp(true),
    ...Object.fromEntries(places.map((place, at) => [keyOf(at), () => onGo(`/${place}`)])),
  })

  const side = <Side platform={platform} waiting={waiting} onFollow={() => setOpen(false)} />
  return (
    <div className={css.shell}>
      <a href="#content" className={css.skip}>
        {w.skip}
      </a>
      {narrow ? (
        <Drawer
          open={open}
          onClose={() => setOpen(false)}
          placement="left"
          size={264}
          closable={{ 'aria-label': c.close }}
          title={<Brand />}
          styles={{ body: { display: 'flex', flexDirection: 'column', padding: 0 } }}
        >
          {side}
          <div className={css.switches}>
            <LanguageSwitch />
            <ThemeSwitch />
          </div>
        </Drawer>
      ) : (
        <aside className={css.side}>
          <Link to="/apps" className={css.home}>
            <Brand />
          </Link>
          {side}
        </aside>
      )}
      <div className={css.body}>
        <header className={css.header}>
          {narrow && <Button type="text" aria-label={w.menu} icon={<MenuOutlined />} onClick={() => setOpen(true)} />}
          <div className={css.corp}>{corp}</div>
          {clock}
          {waiting > 0 && (
            <Link to="/confirmations" className={css.waiting} aria-label={w.waiting(waiting)}>
              <RobotOutlined />
              <span>{narrow ? waiting : w.waiting(waiting)}</span>
            </Link>
          )}
          {!narrow && (
            <>
              <LanguageSwitch />
              <ThemeSwitch />
              <Button
                type="text"
                aria-label={w.shortcuts}
                icon={<QuestionCircleOutlined />}
                onClick={() => setHelp(true)}
              />
            </>
          )}
          <Dropdown
            trigger={['click']}
            placement="bottomRight"
            menu={{
              items: [
                {
                  key: 'who',
                  type: 'group',
                  label: (
                    <span className={css.who}>
                      <strong>{who.name}</strong>
                      <code>{who.userId}</code>
                    </span>
                  ),
                },
                { type: 'divider' },
                { key: 'out', icon: <LogoutOutlined />, label: w.signOut, onClick: onSignOut },
              ],
            }}
          >
            <button type="button" className={css.avatar} aria-label={`${w.account}: ${who.name}`}>
              {initial(who.name)}
            </button>
          </Dropdown>
        </header>
        <main id="content" tabIndex={-1} className={css.content}>
          {children}
        </main>
      </div>
      {help && <Shortcuts onClose={() => setHelp(false)} />}
    </div>
  )
}

const icons: Record<Place, ReactNode> = {
  apps: <AppstoreOutlined />,
  apis: <AppstoreAddOutlined />,
  operations: <ApiOutlined />,
  limits: <ThunderboltOutlined />,
  data: <SafetyCertificateOutlined />,
  calls: <ProfileOutlined />,
  disclosures: <AuditOutlined />,
  confirmations: <RobotOutlined />,
  events: <NotificationOutlined />,
  settings: <SettingOutlined />,
}

function Brand() {
  return (
    <span className={css.brand}>
      <Mark size={28} />
      <span>门枢 Gatepost</span>
    </span>
  )
}

function Side({ platform, waiting, onFollow }: Pick<Props, 'platform' | 'waiting'> & { onFollow: () => void }) {
  const w = useWords(words)
  const { lang } = usePreferences()
  return (
    <>
      <nav aria-label={w.nav} className={css.nav}>
        {areas.map((area) => (
          <section key={area.key} aria-labelledby={`area-${area.key}`}>
            <h2 id={`area-${area.key}`}>{w.areas[area.key]}</h2>
            {area.places.map((place) => (
              <Link
                key={place}
                to={`/${place}`}
                // A page keeps its filters in its address; the link to it is the same place with any of them.
                activeOptions={{ includeSearch: false }}
                className={css.place}
                activeProps={{ className: css.here }}
                onClick={onFollow}
              >
                {icons[place]}
                {w[place]}
                {place === 'confirmations' && waiting > 0 && (
                  <span className={css.count} aria-hidden>
                    {waiting}
                  </span>
                )}
              </Link>
            ))}
          </section>
        ))}
      </nav>
      {platform && (
        <footer className={css.platform}>
          <p>{w.offered}</p>
          <dl>
            {(['v1', 'v2'] as const).map((dialect) => (
              <div key={dialect}>
                <dt>{dialect}</dt>
                <dd>
                  {w.offeredOf(count(platform.offered[dialect], lang), count(platform.known[dialect], lang))}
                  <i
                    style={{ width: `${(platform.offered[dialect] / Math.max(1, platform.known[dialect])) * 100}%` }}
                  />
                </dd>
              </div>
            ))}
          </dl>
          <p className={css.version}>
            {platform.version} · {w.engine[platform.engine]}
          </p>
        </footer>
      )}
    </>
  )
}

/** One letter for a person: the given name's last in Chinese, where surnames repeat, and the first elsewhere. */
function initial(name: string): string {
  const letters = [...name.trim()]
  const last = letters.at(-1) ?? '?'
  return /\p{Script=Han}/u.test(last) ? last : (letters[0] ?? '?').toUpperCase()
}
