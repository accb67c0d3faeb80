package cli

import "github.com/spf13/cobra"

func (c *commands) events() *cobra.Command {
	return group("events", "Events, and who is told of them",
		c.eventsTypes(), c.eventsTrigger(), c.eventsDatabase(),
		c.webhook(),
		c.eventsConnections(), c.eventsCallback(),
		c.eventsList(), c.eventsShow(), c.eventsTail(),
		c.eventsSubscriptions(), c.eventsSubscribe(), c.eventsChange(), c.eventsPause(), c.eventsResume(), c.eventsOff(), c.eventsRemove(), c.eventsStats(),
		c.eventsDead(), c.eventsRepush(), c.eventsReplay(), c.eventsAudit(),
	)
}
