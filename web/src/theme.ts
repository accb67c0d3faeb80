import { theme as antd, type ThemeConfig } from 'antd'

/** The class the kit writes its CSS variables under; it stands on the html element, so our own styles can use them. */
export const scope = 'gatepost'

const sans =
  "-apple-system, BlinkMacSystemFont, 'Segoe UI', 'PingFang SC', 'Hiragino Sans GB', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans SC', sans-serif"
const mono = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"

/** One accent, one radius, one step of eight. Text colours are dark enough for small print on every surface we use. */
export function theme(dark: boolean, still: boolean): ThemeConfig {
  const accent = dark ? '#3fb8aa' : '#0b6e69'
  return {
    algorithm: dark ? antd.darkAlgorithm : antd.defaultAlgorithm,
    cssVar: { key: scope },
    hashed: false,
    token: {
      colorPrimary: accent,
      colorInfo: accent,
      colorLink: accent,
      colorSuccess: dark ? '#4bb478' : '#17794a',
      colorWarning: dark ? '#d9a13f' : '#9a5b00',
      colorError: dark ? '#ef7d73' : '#bd3124',
      // The kit makes these lighter, too light for words on their own tint.
      colorErrorHover: dark ? '#f5a097' : '#a5291d',
      colorErrorActive: dark ? '#ef7d73' : '#8a2118',
      colorSuccessBg: dark ? '#16301f' : '#e3f4ea',
      colorSuccessBorder: dark ? '#25523a' : '#b9e0c9',
      colorWarningBg: dark ? '#342710' : '#fdf0d9',
      colorWarningBorder: dark ? '#5c4419' : '#f1d6a4',
      colorInfoBg: dark ? '#12302d' : '#e6f4f3',
      colorInfoBorder: dark ? '#1f4d49' : '#b9dfdc',
      colorErrorBg: dark ? '#3a1b17' : '#fdeae7',
      colorErrorBorder: dark ? '#66302a' : '#f3c4bd',
      colorText: dark ? '#e3eaea' : '#16262a',
      colorTextSecondary: dark ? '#a9b7b8' : '#4b5c60',
      colorTextTertiary: dark ? '#93a3a4' : '#5c6c70',
      colorTextDescription: dark ? '#a0afb0' : '#566669',
      colorTextPlaceholder: dark ? '#8b9b9c' : '#68777a',
      colorBgLayout: dark ? '#0f1617' : '#f4f7f7',
      colorBgContainer: dark ? '#161f20' : '#ffffff',
      colorBgElevated: dark ? '#1c2728' : '#ffffff',
      colorBorder: dark ? '#37474a' : '#cfd9da',
      colorBorderSecondary: dark ? '#263335' : '#e3eaea',
      borderRadius: 8,
      borderRadiusLG: 8,
      borderRadiusSM: 6,
      borderRadiusXS: 4,
      fontFamily: sans,
      fontFamilyCode: mono,
      fontSize: 14,
      controlHeight: 36,
      motion: !still,
    },
    components: {
      // In the dark the accent is light, and white on it could not be read.
      Button: {
        primaryColor: dark ? '#06201d' : '#ffffff',
        dangerColor: dark ? '#2a0b07' : '#ffffff',
        primaryShadow: 'none',
        dangerShadow: 'none',
        defaultShadow: 'none',
        fontWeight: 500,
      },
      // As round as everything else, a tick box would look like a choice of one.
      Checkbox: { borderRadiusSM: 4 },
      Segmented: { itemSelectedColor: dark ? '#e3eaea' : '#16262a', itemColor: dark ? '#a9b7b8' : '#4b5c60' },
      Tabs: { horizontalItemGutter: 24 },
      Form: { verticalLabelPadding: '0 0 4px' },
    },
  }
}
