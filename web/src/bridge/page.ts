// The page's side of the bridge: the first script of a page in the container. It only carries. It takes the form of the iOS
// client, whose bridge is one object with callbacks and whose codes are text, and it knows the container from its own element:
//
//   <script src="page.js" data-container="https://platform.example"></script>
import { type Asked, greeting, type Replied, type Reply } from './wire'

/** At least as high as any API of dingtalk-jsapi 3.2.9 asks for; in three parts, as it compares them. */
const version = '8.3.15'

const agent = `Mozilla/5.0 (iPhone; CPU iPhone OS 16_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/20A362 AliApp(DingTalk/${version}) Gatepost`

function carry(container: string): void {
  const { port1: port, port2: theirs } = new MessageChannel()
  const waiting = new Map<number, (reply: Reply) => void>()
  let last = 0
  port.onmessage = ({ data }: MessageEvent<Replied>) => {
    waiting.get(data.id)?.(data.reply)
    waiting.delete(data.id)
  }
  const bridge = {
    init() {},
    registerHandler() {}, // for APIs that answer repeatedly, of which there are none here
    callHandler(api: string, params: object, done: (reply: Reply) => void) {
      const id = ++last
      waiting.set(id, done)
      // The SDK leaves the page's callbacks among the parameters; they do not pass, and it calls them itself.
      const asked: Asked = { id, api, params: JSON.parse(JSON.stringify(params)) }
      port.postMessage(asked)
    },
  }
  // The SDK asks the agent where it runs when it is loaded, which is after this.
  Object.defineProperty(navigator, 'userAgent', { configurable: true, get: () => agent })
  Object.defineProperty(window, 'WebViewJavascriptBridge', { value: bridge })
  window.parent.postMessage(greeting, container, [theirs])
}

const container = document.currentScript?.dataset.container
// A page that is opened by itself is in no container, and the SDK finds none.
if (container && window.parent !== window) carry(container)
