package suite

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// Callback is where a vendor is told of events by HTTP.
type Callback struct {
	URL    string
	Token  string // 3 to 64 letters and digits
	AESKey string // 43 letters and digits
}

var (
	tokenForm  = regexp.MustCompile(`^[A-Za-z0-9]{3,64}$`)
	aesKeyForm = regexp.MustCompile(`^[A-Za-z0-9]{43}$`)
)

// check refuses a callback that nothing could be sent to; nil is none.
func (c *Callback) check() error {
	if c == nil {
		return nil
	}
	u, err := url.Parse(c.URL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return apierror.ParameterInvalid.With("name", "callbackUrl").Want("an address that begins with http:// or https://").Got("%q", c.URL)
	case !tokenForm.MatchString(c.Token):
		return apierror.ParameterInvalid.With("name", "token").Want("3 to 64 letters and digits").Got("%d 个字符", len(c.Token))
	case !aesKeyForm.MatchString(c.AESKey):
		return apierror.ParameterInvalid.With("name", "aesKey").Want("43 letters and digits").Got("%d 个字符", len(c.AESKey))
	}
	return nil
}

// kept is what a subscription keeps sealed of a callback.
type kept struct {
	Token  string `json:"token"`
	AESKey string `json:"aesKey"`
}

func (c *Callback) secret() (string, error) {
	text, err := json.Marshal(kept{c.Token, c.AESKey})
	return string(text), err
}

// Callback returns where the vendor corp is told of its suite by HTTP. It refuses
// with SuiteUnknown, and with CallbackUnknown a suite that is told over connections.
func (s *Suites) Callback(ctx context.Context, corp id.Corp, key id.App) (Callback, error) {
	suite, err := s.Own(ctx, corp, key)
	if err != nil {
		return Callback{}, err
	}
	list, err := s.events.Subscriptions(ctx, corp, suite.Agent)
	if err != nil {
		return Callback{}, err
	}
	for i := range list {
		if byHTTP(&list[i]) {
			var k kept
			err := json.Unmarshal([]byte(list[i].Secret), &k)
			return Callback{list[i].Target, k.Token, k.AESKey}, err
		}
	}
	return Callback{}, apierror.CallbackUnknown.Got("%s", key)
}

func byHTTP(s *event.Subscription) bool {
	return s.Way == event.Callback && s.Origin == Origin && s.Group == ""
}

// SetCallback has the vendor corp be told elsewhere, of its suite and of the corps
// that opened it, from the next try on. What the receiver had put an end to is
// delivered again. It refuses as Callback does, and a callback that cannot be.
func (s *Suites) SetCallback(ctx context.Context, corp id.Corp, key id.App, to Callback) error {
	if err := to.check(); err != nil {
		return err
	}
	secret, err := to.secret()
	if err != nil {
		return err
	}
	_, err = store.Update(ctx, s.db, func(tx *store.Tx) (struct{}, error) {
		suite, err := byKey(tx, key)
		if err == nil && suite.Corp != corp {
			err = unknown(key)
		}
		if err != nil {
			return struct{}{}, err
		}
		changed, err := s.tellAt(tx, suite.Corp, suite.Agent, to.URL, secret)
		if err == nil && changed == 0 {
			err = apierror.CallbackUnknown.Got("%s", key)
		}
		if err != nil {
			return struct{}{}, err
		}
		opened, err := store.All(tx, authorizationsOf, scanAuthorization, key)
		if err != nil {
			return struct{}{}, err
		}
		for _, a := range opened {
			if _, err := s.tellAt(tx, a.Corp, a.Agent, to.URL, secret); err != nil {
				return struct{}{}, err
			}
		}
		return struct{}{}, nil
	})
	if err != nil {
		return fmt.Errorf("change where the suite %s is told: %w", key, err)
	}
	return nil
}

// tellAt changes the address of a vendor's callbacks for one app, and returns how
// many there are.
func (s *Suites) tellAt(tx *store.Tx, corp id.Corp, agent id.Agent, address, secret string) (changed int, err error) {
	list, err := s.events.SubscriptionsIn(tx, corp, agent)
	if err != nil {
		return 0, err
	}
	for i := range list {
		sub := list[i]
		if !byHTTP(&sub) {
			continue
		}
		sub.Target, sub.Secret = address, secret
		if sub.State == event.Off {
			sub.State, sub.Reason = event.On, ""
		}
		if err := s.events.ChangeIn(tx, sub); err != nil {
			return 0, err
		}
		changed++
	}
	return changed, nil
}
