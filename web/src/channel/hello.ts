// The handshake: two HPKE exchanges, one to the platform's key and one to a key of this session's own. The HPKE is
// hpke-js's on the browser's WebCrypto.
import { Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from '@hpke/core'
import { derive, join } from './line'
import { Ended } from './reason'

const name = 'DHKEM-P256-HKDF-SHA256-AES256GCM'
const text = new TextEncoder()
const info = text.encode('gatepost channel v1')
const suite = new CipherSuite({ kem: new DhkemP256HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() })

interface ServerHello {
  v: number
  session: string
  enc: string
  maxFrame: number
}

export interface Greeted {
  session: Uint8Array
  secret: Uint8Array
  maxFrame: number
}

/** A secret that the holder of a public key can find out. */
export async function encapsulate(publicKey: Uint8Array): Promise<{ sealed: Uint8Array; secret: Uint8Array }> {
  const recipientPublicKey = await suite.kem.deserializePublicKey(join(publicKey))
  const sender = await suite.createSenderContext({ recipientPublicKey, info })
  return { sealed: new Uint8Array(sender.enc), secret: new Uint8Array(await sender.export(text.encode('session'), 32)) }
}

/** Begins a handshake: what to send, and how to read the answer. */
export async function greet(
  publicKey: Uint8Array,
): Promise<{ sent: string; finish: (came: string) => Promise<Greeted> }> {
  const { sealed, secret: toPlatform } = await encapsulate(publicKey)
  const own = await suite.kem.generateKeyPair()
  const pub = new Uint8Array(await suite.kem.serializePublicKey(own.publicKey))
  const sent = JSON.stringify({
    v: 1,
    suite: name,
    key: await fingerprint(publicKey),
    enc: toBase64(sealed),
    pub: toBase64(pub),
  })
  const finish = async (came: string): Promise<Greeted> => {
    const answer = JSON.parse(came) as ServerHello
    if (answer.v !== 1) throw new Ended('hello')
    const recipient = await suite.createRecipientContext({
      recipientKey: own.privateKey,
      enc: join(fromBase64(answer.enc)),
      info,
    })
    const toClient = new Uint8Array(await recipient.export(text.encode('session'), 32))
    const both = new Uint8Array(await crypto.subtle.digest('SHA-256', text.encode(sent + came)))
    const secret = await derive(join(toPlatform, toClient), both, 'secret', 32)
    return { session: fromBase64(answer.session), secret, maxFrame: answer.maxFrame }
  }
  return { sent, finish }
}

/** The secret after the next exchange. */
export const following = (secret: Uint8Array, exchanged: Uint8Array) => derive(exchanged, secret, 'following', 32)

/** What a public key is pinned by: its SHA-256, in base64url. */
export async function fingerprint(publicKey: Uint8Array): Promise<string> {
  const sum = toBase64(new Uint8Array(await crypto.subtle.digest('SHA-256', join(publicKey))))
  return sum.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

export const toBase64 = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes))
export const fromBase64 = (s: string) => Uint8Array.from(atob(s), (c) => c.charCodeAt(0))
