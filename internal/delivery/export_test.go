package delivery

// Endpoints is how many subscriptions have an endpoint on this node.
func (o *Owner) Endpoints() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.endpoints)
}
