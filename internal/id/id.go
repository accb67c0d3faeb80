// Package id names the things of the platform and makes new names.
//
// A name is a type of its own, so that a unionid cannot be passed where a
// userid is meant. The forms are those that clients of the wire protocols
// expect (corp "ding…", numeric departments and agents, upper-case UUID and
// base-36 request ids); where the protocols leave the form open, a name stays
// inside [A-Za-z0-9_-] so that clients that do not escape path segments work.
package id

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"strings"
)

type (
	// Corp is an organisation: "ding" and 32 lower-case hex digits.
	Corp string
	// App is an application's public key (AppKey, clientId): "ding" and 16 of
	// [a-z0-9]; of a suite (SuiteKey) "suite" and 16 of them.
	App string
	// Agent is an application's number inside its corp.
	Agent int64
	// User is a person's id inside one corp, 1 to 64 characters, never changed.
	User string
	// Union is a person's id, the same in all corps of one platform.
	Union string
	// Open is a person's id as one application sees it.
	Open string
	// Dept is a department's number inside its corp; the root is 1.
	Dept int64
	// Role is a role's number inside its corp, in one number space with RoleGroup.
	Role int64
	// RoleGroup is a role group's number inside its corp.
	RoleGroup int64
	// Event is the id of something that happened in a corp. It grows with time.
	Event int64
	// Subscription is the number of one way in which an application is told of
	// events, inside its corp.
	Subscription int64
)

// RootDept is the department that every corp has and that cannot be removed.
const RootDept Dept = 1

// NewCorp makes a corp id.
func NewCorp() Corp { return Corp("ding" + hex.EncodeToString(random(16))) }

// NewDemoCorp makes a corp id that can be recognised as a demonstration.
func NewDemoCorp() Corp { return Corp("dingdemo" + hex.EncodeToString(random(14))) }

// NewApp makes an application key.
func NewApp() App { return App("ding" + letters(16, "abcdefghijklmnopqrstuvwxyz0123456789")) }

// NewSuite makes the key of an application that other corps open.
func NewSuite() App { return App("suite" + letters(16, "abcdefghijklmnopqrstuvwxyz0123456789")) }

// NewSecret makes an application secret: 64 characters of [A-Za-z0-9_-], 384 bits.
func NewSecret() string { return base64.RawURLEncoding.EncodeToString(random(48)) }

// NewCode makes a short-lived single-use code: 32 lower-case hex digits.
func NewCode() string { return hex.EncodeToString(random(16)) }

// NewUnion makes a unionid in the form clients know, ending in "iEiE".
func NewUnion() Union { return Union(letters(19, alphanumeric) + "iEiE") }

// NewUser makes a userid for a person who was created without one: digits only,
// as the platform's own generated ids are.
func NewUser() User { return User("01" + letters(16, "0123456789")) }

// NewNumber makes a positive number of nine digits, for departments, roles and
// agents. Uniqueness inside the corp is the caller's matter: insert, and try
// again on conflict. Nine digits keep every number exact in JavaScript.
func NewNumber() int64 {
	n, err := rand.Int(rand.Reader, big.NewInt(899_999_999))
	if err != nil {
		panic(err) // crypto/rand does not fail on supported systems
	}
	return 100_000_000 + n.Int64()
}

// LooksLikeUnion reports whether s has the form of a unionid, for the hint in a
// refusal when one was given where a userid is meant.
func LooksLikeUnion(s string) bool { return len(s) > 12 && strings.HasSuffix(s, "iEiE") }

const alphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // documented never to fail
	return b
}

// letters draws n characters of alphabet without modulo bias.
func letters(n int, alphabet string) string {
	limit := 256 - 256%len(alphabet)
	var b strings.Builder
	for b.Len() < n {
		for _, c := range random(n) {
			if int(c) < limit && b.Len() < n {
				b.WriteByte(alphabet[int(c)%len(alphabet)])
			}
		}
	}
	return b.String()
}
