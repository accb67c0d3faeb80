package fault

import "github.com/gatepost/gatepost/internal/id"

// Holds reports whether a delivery of the subscription is held back.
func (f *Faults) Holds(corp id.Corp, sub id.Subscription) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.held[place{corp, sub}] != nil
}
