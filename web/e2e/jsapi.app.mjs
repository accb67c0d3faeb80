// What an app's own page loads: the SDK as it is published, and nothing of ours.
import dd from 'dingtalk-jsapi'
import { lwp$ } from 'dingtalk-jsapi/lib/common/api/internal/request/lwp'

Object.assign(window, { dd, lwp$ })
