package callback

import (
	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/event"
)

// older are tags that the documents of register_call_back list (events.md §6) and
// those of events do not.
func older() []event.Name {
	return []event.Name{"chat_disband_microapp", "attendance_schedule_change", "meetingroom_book", "meetingroom_room_info"}
}

// allKnown refuses names of events that nobody knows, whether or not the platform
// announces them yet.
func allKnown(names []event.Name, field string) error {
	known := map[event.Name]bool{}
	for _, f := range event.Facts() {
		known[f.Name] = true
	}
	for _, n := range older() {
		known[n] = true
	}
	for _, n := range names {
		if !known[n] {
			return apierror.CallbackTag.With().About(field).Got("%s", n)
		}
	}
	return nil
}
