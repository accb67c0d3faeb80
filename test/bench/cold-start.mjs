// Time from the start of the process on an empty directory to the first app token, five times; prints medians as JSON.
import { Platform } from '../clients/lib/platform.js'
import { v1Token } from '../clients/lib/wire.js'

const rounds = 5
const ready = []
const token = []
const resident = []
for (let i = 0; i < rounds; i++) {
  const began = performance.now()
  const platform = await Platform.start()
  try {
    await v1Token(platform)
    token.push(performance.now() - began)
    ready.push(platform.readyAfter)
    resident.push(platform.residentMiB())
  } finally {
    await platform.stop()
  }
}
const median = xs => Math.round(xs.toSorted((a, b) => a - b)[Math.floor(xs.length / 2)])
console.log(JSON.stringify({ readyMs: median(ready), tokenMs: median(token), residentMiB: median(resident) }))
process.exit(0)
