import { Link } from '@tanstack/react-router'
import { Empty } from '../../ui/Empty'
import { CompassOutlined } from '../../ui/icons'
import { useWords } from '../../ui/preferences'
import { words } from './words'

export function Missing() {
  const w = useWords(words)
  return (
    <Empty
      icon={<CompassOutlined />}
      title={w.missing}
      text={w.missingAbout}
      action={<Link to="/apps">{w.toApps}</Link>}
    />
  )
}
