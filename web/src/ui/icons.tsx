import {
  ApiOutlined as apiOutlined,
  AppstoreAddOutlined as appstoreAddOutlined,
  AppstoreOutlined as appstoreOutlined,
  ArrowLeftOutlined as arrowLeftOutlined,
  AuditOutlined as auditOutlined,
  CheckCircleFilled as checkCircleFilled,
  CheckOutlined as checkOutlined,
  ClockCircleOutlined as clockCircleOutlined,
  CompassOutlined as compassOutlined,
  CopyOutlined as copyOutlined,
  DashboardOutlined as dashboardOutlined,
  DesktopOutlined as desktopOutlined,
  DownOutlined as downOutlined,
  ExperimentOutlined as experimentOutlined,
  ExportOutlined as exportOutlined,
  EyeInvisibleOutlined as eyeInvisibleOutlined,
  EyeOutlined as eyeOutlined,
  KeyOutlined as keyOutlined,
  LogoutOutlined as logoutOutlined,
  MenuOutlined as menuOutlined,
  MoonOutlined as moonOutlined,
  NotificationOutlined as notificationOutlined,
  PlusOutlined as plusOutlined,
  ProfileOutlined as profileOutlined,
  QuestionCircleOutlined as questionCircleOutlined,
  RightOutlined as rightOutlined,
  RobotOutlined as robotOutlined,
  SafetyCertificateOutlined as safetyCertificateOutlined,
  SearchOutlined as searchOutlined,
  SettingOutlined as settingOutlined,
  SunOutlined as sunOutlined,
  TeamOutlined as teamOutlined,
  ThunderboltOutlined as thunderboltOutlined,
  ToolOutlined as toolOutlined,
} from '@ant-design/icons'
import type { ComponentProps } from 'react'

type Kit = typeof appstoreAddOutlined

/** The kit's icons say their own names aloud, beside the words that they only illustrate. Ours are silent. */
function silent(Icon: Kit) {
  return (props: ComponentProps<Kit>) => <Icon aria-hidden {...props} />
}

export const AppstoreAddOutlined = silent(appstoreAddOutlined)
export const ArrowLeftOutlined = silent(arrowLeftOutlined)
export const CheckCircleFilled = silent(checkCircleFilled)
export const CheckOutlined = silent(checkOutlined)
export const ClockCircleOutlined = silent(clockCircleOutlined)
export const CompassOutlined = silent(compassOutlined)
export const CopyOutlined = silent(copyOutlined)
export const DesktopOutlined = silent(desktopOutlined)
export const DownOutlined = silent(downOutlined)
export const EyeInvisibleOutlined = silent(eyeInvisibleOutlined)
export const EyeOutlined = silent(eyeOutlined)
export const KeyOutlined = silent(keyOutlined)
export const NotificationOutlined = silent(notificationOutlined)
export const MoonOutlined = silent(moonOutlined)
export const PlusOutlined = silent(plusOutlined)
export const ProfileOutlined = silent(profileOutlined)
export const RightOutlined = silent(rightOutlined)
export const SearchOutlined = silent(searchOutlined)
export const SunOutlined = silent(sunOutlined)
export const ToolOutlined = silent(toolOutlined)
export const AppstoreOutlined = silent(appstoreOutlined)
export const LogoutOutlined = silent(logoutOutlined)
export const MenuOutlined = silent(menuOutlined)
export const QuestionCircleOutlined = silent(questionCircleOutlined)
export const ApiOutlined = silent(apiOutlined)
export const ThunderboltOutlined = silent(thunderboltOutlined)
export const SafetyCertificateOutlined = silent(safetyCertificateOutlined)
export const SettingOutlined = silent(settingOutlined)
export const TeamOutlined = silent(teamOutlined)
export const DashboardOutlined = silent(dashboardOutlined)
export const ExperimentOutlined = silent(experimentOutlined)
export const ExportOutlined = silent(exportOutlined)
export const AuditOutlined = silent(auditOutlined)
export const RobotOutlined = silent(robotOutlined)
