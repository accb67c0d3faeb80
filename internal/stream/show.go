package stream

import (
	"encoding/json"

	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
)

// EventFrame is the text of a frame that tells of h to an application at the
// moment it happened, under the message id, for whoever shows what is sent.
func EventFrame(h event.Happened, a id.App, message string) (string, error) {
	text, err := json.Marshal(eventFrame(h, a, message, h.At))
	return string(text), err
}
