package callback

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
)

// The events by which the receiver of a suite shows that it understands what it is
// sent (events.md §7).
const (
	checkCreateSuite event.Name = "check_create_suite_url"
	checkUpdateSuite event.Name = "check_update_suite_url"
)

// testSuite stands for a suite that is not made yet: receivers know it, and expect
// it where the suite's key stands later (events.md §3).
const testSuite id.App = "suite4xxxxxxxxxxxxxxx"

// Vendor is where the vendor of a suite wants to be told of events.
type Vendor struct {
	Corp  id.Corp
	Suite id.App // empty: it is not made yet
	URL   string
	Token string
	Key   string // AES key
}

// ProveVendor asks a vendor's receiver for check_create_suite_url, or for
// check_update_suite_url when the suite is there, and refuses one that does not
// answer in time. The word success counts, or the text in Random, which receivers of
// the first generation answer.
func (r *Registry) ProveVendor(ctx context.Context, v Vendor) error {
	err := r.proveVendor(ctx, v)
	if refusal, ok := errors.AsType[*apierror.Refusal](err); ok {
		return refusal.About("callbackUrl")
	}
	return err
}

func (r *Registry) proveVendor(ctx context.Context, v Vendor) error {
	if err := r.reachable(ctx, v.Corp, Compatible, v.URL); err != nil {
		return err
	}
	guard, err := r.Network(ctx, v.Corp)
	if err != nil {
		return err
	}
	name, owner := checkUpdateSuite, v.Suite
	if owner == "" {
		name, owner = checkCreateSuite, testSuite
	}
	to := Receiver{URL: v.URL, Transport: guard.Transport()}
	if to.Envelope, err = NewEnvelope(v.Token, v.Key, string(owner)); err != nil {
		return err
	}
	random := string(letters(randomLength))
	text, err := json.Marshal(struct {
		EventType    event.Name
		Random       string
		TestSuiteKey id.App
	}{name, random, owner})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, checkLimit)
	defer cancel()
	a, wrong := r.way.encrypted(ctx, to, text, random)
	return refused(a, wrong)
}

// randomLength is how long the text is that a receiver may answer.
const randomLength = 8
