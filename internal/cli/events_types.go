package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/spf13/cobra"
)

type eventType struct {
	Name        string       `json:"name"`
	Title       string       `json:"title"`
	Family      string       `json:"family"`
	FamilyTitle string       `json:"familyTitle"`
	State       string       `json:"state"`
	Silent      string       `json:"silent,omitempty"`
	Doc         string       `json:"doc,omitempty"`
	Scope       string       `json:"scope,omitempty"`
	DataGrade   string       `json:"dataGrade,omitempty"`
	Internal    bool         `json:"internal"`
	Suites      bool         `json:"suites"`
	RowType     int          `json:"rowType,omitzero"`
	Known       string       `json:"known,omitempty"`
	Fields      []eventField `json:"fields"`
	Example     string       `json:"example,omitempty"`
}

type eventField struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Grade string `json:"grade"`
	Doc   string `json:"doc"`
}

type eventTypes struct {
	List []eventType `json:"list"`
}

func (c *commands) eventsTypes() *cobra.Command {
	var family, state string
	cmd := &cobra.Command{Use: "types [NAME]", Short: "List kinds of events, or show one with its payload", Args: args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			return c.with(cmd.Context(), func(cl *client) error {
				request := map[string]any{"family": family}
				if state != "" {
					request["state"] = state
				}
				if len(given) > 0 {
					request["name"] = given[0]
				}
				all, err := ask[eventTypes](cmd.Context(), cl, "event.types", request)
				if err != nil {
					return err
				}
				return c.print(all, func(w io.Writer) {
					if len(given) > 0 && len(all.List) > 0 {
						all.List[0].show(w)
						return
					}
					fmt.Fprintln(w, "NAME\tSTATE\tFAMILY\tSCOPE\tTITLE")
					for _, t := range all.List {
						fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", t.Name, t.State, t.Family, t.Scope, t.Title)
					}
				})
			})
		}}
	cmd.Flags().StringVar(&family, "family", "", "only of this family, as the list names them")
	cmd.Flags().StringVar(&state, "state", "", "emitted, declared, or known")
	return cmd
}

// show prints one kind of event.
func (t *eventType) show(w io.Writer) {
	fmt.Fprintf(w, "%s\t%s\n", t.Name, t.Title)
	state := t.State
	if t.Silent != "" {
		state += ": " + t.Silent
	}
	for _, kv := range [][2]string{{"state", state}, {"family", t.FamilyTitle}, {"scope", t.Scope}, {"grade", t.DataGrade}, {"about", t.Doc}, {"known fields", t.Known}, {"example", t.Example}} {
		if kv[1] != "" {
			fmt.Fprintf(w, "%s\t%s\n", kv[0], kv[1])
		}
	}
	for _, f := range t.Fields {
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\n", f.Name, f.Type, f.Grade, f.Doc)
	}
}

func (c *commands) eventsTrigger() *cobra.Command {
	var set []string
	cmd := &cobra.Command{Use: "trigger NAME [--set FIELD=VALUE]…", Short: "Cause an event in a sandbox company", Args: args(cobra.ExactArgs(1)),
		Long: "Records an event as if it had happened, and tells subscribers as always; nothing else changes.\n" +
			"Fields that are not set are taken from the company's first person, department, role or app.\n" +
			"A list is written a,b; an object as JSON. The company has to be a demo or a sandbox.",
		RunE: func(cmd *cobra.Command, given []string) error {
			return c.with(cmd.Context(), func(cl *client) error {
				payload, err := payloadOf(cmd.Context(), cl, given[0], set)
				if err != nil {
					return err
				}
				made, err := ask[struct {
					EventID string `json:"eventId"`
					Object  string `json:"object"`
				}](cmd.Context(), cl, "event.trigger", map[string]any{"name": given[0], "payload": payload})
				if err != nil {
					return err
				}
				return c.print(made, func(w io.Writer) { fmt.Fprintf(w, "%s\t%s\t%s\n", made.EventID, given[0], made.Object) })
			})
		}}
	cmd.Flags().StringArrayVar(&set, "set", nil, "a field of the payload, as userId=lina")
	return cmd
}

// payloadOf writes FIELD=VALUE as JSON, by the types that the event declares.
// What does not fit is sent as text: the platform refuses it by name.
func payloadOf(ctx context.Context, cl *client, name string, set []string) (string, error) {
	if len(set) == 0 {
		return "", nil
	}
	found, err := ask[eventTypes](ctx, cl, "event.types", map[string]any{"name": name})
	if err != nil {
		return "", err
	}
	types := map[string]string{}
	for _, t := range found.List {
		for _, f := range t.Fields {
			types[f.Name] = f.Type
		}
	}
	members := map[string]any{}
	for _, kv := range set {
		field, text, ok := strings.Cut(kv, "=")
		if !ok || field == "" {
			return "", usageError{errors.New("--set wants FIELD=VALUE, as userId=lina")}
		}
		members[field] = valueOf(types[field], text)
	}
	text, err := json.Marshal(members, json.Deterministic(true))
	return string(text), err
}

func valueOf(kind, text string) any {
	if elem, is := strings.CutPrefix(kind, "list of "); is {
		list := []any{}
		for one := range strings.SplitSeq(text, ",") {
			if text != "" {
				list = append(list, valueOf(elem, one))
			}
		}
		return list
	}
	switch kind {
	case "integer":
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n
		}
	case "object":
		var v any
		if json.Unmarshal([]byte(text), &v) == nil {
			return v
		}
	}
	return text
}
