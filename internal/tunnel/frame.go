package tunnel

// delivered is one frame to the listener: a request to be made, or what the
// platform thinks of the answer to it.
type delivered struct {
	Type string `json:"type"` // delivery, verdict
	ID   string `json:"id"`   // of the try, in both

	// Of a delivery.
	Event    string              `json:"event,omitempty"`
	EventID  string              `json:"eventId,omitempty"`
	Object   string              `json:"object,omitempty"`
	Attempt  int                 `json:"attempt,omitempty"` // from 1
	Replayed bool                `json:"replayed,omitempty"`
	Plain    string              `json:"plain,omitempty"` // what the body says, decrypted
	Query    string              `json:"query,omitempty"`
	Header   map[string][]string `json:"header,omitempty"`
	Body     []byte              `json:"body,omitempty"`

	// Of a verdict.
	Outcome string `json:"outcome,omitempty"` // accepted, failed, later, none: it is told again
	Text    string `json:"text,omitempty"`
}

// answered is one frame of the listener: what its server answered to a delivery.
type answered struct {
	ID     string              `json:"id"`
	Status int                 `json:"status"`
	Header map[string][]string `json:"header"`
	Body   []byte              `json:"body"`
	Error  string              `json:"error"` // why there is no answer
	Seen   bool                `json:"seen"`  // there is no server: it was shown, and that is all
}
