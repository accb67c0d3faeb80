package cli

import "github.com/spf13/cobra"

func (c *commands) events() *cobra.Command {
	return group("events", "Events, and who is told of them",
		c.eventsTypes(), c.eventsTrigger(), c.eventsDatabase(),
		c.webhook(),
	)
}
