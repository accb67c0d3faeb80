package channel

import (
	"crypto/ecdh"
	"crypto/hpke"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"
)

// Suite is what both ends compute with: P-256, because every browser has it.
const Suite = "DHKEM-P256-HKDF-SHA256-AES256GCM"

const version = 1

func kem() hpke.KEM { return hpke.DHKEM(ecdh.P256()) }

// Key is the platform's channel key.
type Key struct{ private hpke.PrivateKey }

// NewKey draws a key.
func NewKey() (*Key, error) {
	k, err := kem().GenerateKey()
	if err != nil {
		return nil, fmt.Errorf("draw a channel key: %w", err)
	}
	return &Key{k}, nil
}

// ParseKey reads what Bytes wrote.
func ParseKey(b []byte) (*Key, error) {
	k, err := kem().NewPrivateKey(b)
	if err != nil {
		return nil, fmt.Errorf("read the channel key: %w", err)
	}
	return &Key{k}, nil
}

// Bytes is the key, a secret.
func (k *Key) Bytes() ([]byte, error) { return k.private.Bytes() }

// Public is what clients have to know: an uncompressed point of P-256, 65 bytes.
func (k *Key) Public() []byte { return k.private.PublicKey().Bytes() }

// Fingerprint is what a public key is pinned by: its SHA-256, in base64url.
func Fingerprint(public []byte) string {
	sum := sha256.Sum256(public)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// clientHello opens a session.
type clientHello struct {
	Version int    `json:"v"`
	Suite   string `json:"suite"`
	Key     string `json:"key"` // fingerprint of the channel key
	Sealed  []byte `json:"enc"` // an encapsulation to it
	Public  []byte `json:"pub"` // the client's own key, for this session
}

// serverHello answers it. The session's secret follows from both.
type serverHello struct {
	Version  int    `json:"v"`
	Session  []byte `json:"session"`
	Sealed   []byte `json:"enc"` // an encapsulation to the client's key
	Frame    int    `json:"maxFrame"`
	Calls    int    `json:"maxCalls"`
	Rekey    int    `json:"rekeySeconds"`
	Idle     int    `json:"idleSeconds"`
	Lifetime int    `json:"lifeSeconds"`
}

// export is the secret of one HPKE exchange.
const export = "session"

// encapsulate makes a secret that the holder of a public key can find out.
func encapsulate(public []byte) (sealed, secret []byte, err error) {
	k, err := kem().NewPublicKey(public)
	if err != nil {
		return nil, nil, err
	}
	sealed, s, err := hpke.NewSender(k, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte(label))
	if err != nil {
		return nil, nil, err
	}
	secret, err = s.Export(export, keySize)
	return sealed, secret, err
}

// decapsulate finds it out.
func decapsulate(private hpke.PrivateKey, sealed []byte) ([]byte, error) {
	r, err := hpke.NewRecipient(sealed, private, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte(label))
	if err != nil {
		return nil, err
	}
	return r.Export(export, keySize)
}

// secretOf joins the two exchanges of a handshake. The hellos are as they went
// over the wire: ends that saw different ones have different secrets.
func secretOf(toPlatform, toClient, clientHello, serverHello []byte) []byte {
	both := sha256.New()
	both.Write(clientHello)
	both.Write(serverHello)
	joined := slices.Concat(toPlatform, toClient)
	secret := derive(joined, both.Sum(nil), "secret", keySize)
	clear(joined)
	clear(toPlatform)
	clear(toClient)
	return secret
}

// following is the secret after the next exchange: who missed either the one
// before or this exchange does not know it.
func following(secret, exchanged []byte) []byte {
	next := derive(exchanged, secret, "following", keySize)
	clear(secret)
	clear(exchanged)
	return next
}

// answerHello takes part in a handshake on the platform's side.
func answerHello(key *Key, came []byte, limits Limits) (reply, session, secret []byte, err error) {
	var c clientHello
	if err := json.Unmarshal(came, &c); err != nil || c.Version != version || c.Suite != Suite {
		return nil, nil, nil, &Ended{BadHello, err}
	}
	if c.Key != Fingerprint(key.Public()) {
		return nil, nil, nil, ended(OtherKey)
	}
	toPlatform, err := decapsulate(key.private, c.Sealed)
	if err != nil {
		return nil, nil, nil, &Ended{BadHello, err}
	}
	sealed, toClient, err := encapsulate(c.Public)
	if err != nil {
		return nil, nil, nil, &Ended{BadHello, err}
	}
	session = make([]byte, 16)
	_, _ = rand.Read(session) // documented never to fail
	reply = spell(serverHello{Version: version, Session: session, Sealed: sealed, Frame: limits.Frame, Calls: limits.Calls,
		Rekey: int(limits.Rekey.Seconds()), Idle: int(limits.Idle.Seconds()), Lifetime: int(limits.Life.Seconds())})
	return reply, session, secretOf(toPlatform, toClient, came, reply), nil
}

// greeting is a handshake on the client's side, under way.
type greeting struct {
	sent     []byte
	private  hpke.PrivateKey
	exported []byte
}

// greet begins a handshake with the platform that has a public key.
func greet(public []byte) (*greeting, error) {
	sealed, exported, err := encapsulate(public)
	if err != nil {
		return nil, fmt.Errorf("channel: the platform's key: %w", err)
	}
	private, err := kem().GenerateKey()
	if err != nil {
		return nil, err
	}
	sent := spell(clientHello{version, Suite, Fingerprint(public), sealed, private.PublicKey().Bytes()})
	return &greeting{sent, private, exported}, nil
}

// finish reads the platform's answer.
func (g *greeting) finish(came []byte) (session, secret []byte, frame int, err error) {
	var s serverHello
	if err := json.Unmarshal(came, &s); err != nil || s.Version != version || len(s.Session) != 16 || s.Frame <= 0 {
		return nil, nil, 0, &Ended{BadHello, errors.Join(err, errors.New("the platform's hello is malformed"))}
	}
	toClient, err := decapsulate(g.private, s.Sealed)
	if err != nil {
		return nil, nil, 0, &Ended{BadHello, err}
	}
	return s.Session, secretOf(g.exported, toClient, g.sent, came), s.Frame, nil
}
