package eventlog

import (
	"testing"

	"github.com/gatepost/gatepost/internal/event"
)

// What was not sent is not counted: a drop, and the mark that an application
// fetched what had failed.
func TestBucketCountsWhatWasSent(t *testing.T) {
	t.Parallel()
	var b Bucket
	for _, o := range []event.Outcome{event.Accepted, event.Failed, event.Failed, event.Later, event.Dropped, event.Fetched} {
		b.add(tried{outcome: o})
	}
	if b.Sent != 4 || b.Accepted != 1 || b.Failed != 2 {
		t.Errorf("sent %d, accepted %d, failed %d; want 4, 1, 2", b.Sent, b.Accepted, b.Failed)
	}
}
