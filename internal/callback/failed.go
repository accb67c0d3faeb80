package callback

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
)

const (
	// documentedTries is after how many failures the public platform gives an event
	// up: the first try, and those after 10 s and 30 s. From then on it can be
	// fetched, though here it is tried further.
	documentedTries = 3
	// maxFailed is how many events one call hands out.
	maxFailed = 200
)

type failedResult struct {
	HasMore bool         `json:"has_more" grade:"R1" doc:"还有未取出的，再次调用"`
	Failed  []failedItem `json:"failed_list" doc:"推送失败的事件，旧的在前"`
}

// failedItem is one event.
type failedItem struct {
	Tag  event.Name `json:"call_back_tag" grade:"R1" doc:"事件"`
	Time int64      `json:"event_time" grade:"R1" doc:"发生时刻，毫秒"`
	Data failedData `json:"data" doc:"内容；在应答里以事件名为字段名"`
}

// MarshalJSON writes the data under the tag's name.
func (i failedItem) MarshalJSON() ([]byte, error) {
	data, err := json.Marshal(i.Data)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, `{%q:%s,"call_back_tag":%q,"event_time":%d}`, i.Tag, data, i.Tag, i.Time), nil
}

// failedData is what stands under a tag's name: people and departments by
// themselves, anything else as a whole below the name that the documents give it.
// The payload was masked, and its ids were turned into the application's, as one:
// here nothing of it is left to be graded.
type failedData struct {
	UserIDs  []string `json:"userid,omitzero" id:"-" grade:"R1" doc:"通讯录人员事件：成员的 userid"`
	DeptIDs  []int64  `json:"deptid,omitzero" grade:"R1" doc:"通讯录部门事件：部门 id"`
	Diff     object   `json:"diffInfo,omitzero" grade:"R1" doc:"user_modify_org：变更前后的值，JSON 对象"`
	Roles    object   `json:"roleLabelChange,omitzero" grade:"R1" doc:"角色事件的内容，JSON 对象"`
	Approval object   `json:"bpmsCallBackData,omitzero" grade:"R1" doc:"审批事件的内容，JSON 对象"`
	Other    object   `json:"callbackData,omitzero" grade:"R1" doc:"其他事件的内容，JSON 对象"`
	Corp     id.Corp  `json:"corpid" grade:"R1" doc:"企业"`
	Event    string   `json:"eventId" grade:"R1" doc:"事件 id，去重用"`
}

// object is the text of a JSON object, written as it is.
type object string

// MarshalJSON implements json.Marshaler.
func (o object) MarshalJSON() ([]byte, error) { return []byte(o), nil }

func failedOf(h event.Happened) (failedItem, error) {
	i := failedItem{Tag: h.Name, Time: h.At.UnixMilli(), Data: failedData{Corp: h.Corp, Event: strconv.FormatInt(int64(h.ID), 10)}}
	switch name, payload := string(h.Name), object(h.Payload); {
	case strings.HasPrefix(name, "label_"):
		i.Data.Roles = payload
	case strings.HasPrefix(name, "bpms_"):
		i.Data.Approval = payload
	case strings.HasPrefix(name, "user_"), strings.HasPrefix(name, "org_"):
		return i, i.Data.people(h.Payload)
	default:
		i.Data.Other = payload
	}
	return i, nil
}

// people takes the members of an event about people or departments.
func (d *failedData) people(payload string) error {
	fields, err := fieldsOf(payload)
	if err != nil {
		return err
	}
	for _, f := range fields {
		switch f.name {
		case "userId":
			err = json.Unmarshal(f.value, &d.UserIDs)
		case "deptId":
			err = json.Unmarshal(f.value, &d.DeptIDs)
		case "diffInfo":
			d.Diff = object(f.value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// failed hands out what the app's callbacks did not accept. Events are masked as
// they are when they are sent; what the app may not know of any more counts as
// fetched and is left out.
func (r *Registry) failed(ctx context.Context, who op.Caller, _ *op.None) (*failedResult, error) {
	list, err := r.callbacks(ctx, who.Corp, who.Agent)
	if err != nil {
		return nil, err
	}
	answer := &failedResult{}
	for i := range list {
		s := &list[i].Subscription
		if s.Group != "" {
			continue // of a test
		}
		room := maxFailed - len(answer.Failed)
		waiting, err := r.log.Undelivered(ctx, s.Corp, s.ID, documentedTries, room+1)
		if err != nil {
			return nil, err
		}
		if len(waiting) > room {
			answer.HasMore, waiting = true, waiting[:room]
		}
		handed, err := r.handOut(ctx, s, waiting)
		if err != nil {
			return nil, err
		}
		answer.Failed = append(answer.Failed, handed...)
		if answer.HasMore {
			break
		}
	}
	return answer, nil
}

func (r *Registry) handOut(ctx context.Context, s *event.Subscription, waiting []event.Happened) ([]failedItem, error) {
	if len(waiting) == 0 {
		return nil, nil
	}
	items, ids := map[id.Event]failedItem{}, make([]id.Event, len(waiting))
	for i, h := range waiting {
		ids[i] = h.ID
		payload, ok, err := r.Mask(ctx, s, h)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		h.Payload = payload
		if items[h.ID], err = failedOf(h); err != nil {
			return nil, fmt.Errorf("callback: hand out event %d: %w", h.ID, err)
		}
	}
	first, err := r.log.Fetch(ctx, s.Corp, s.ID, ids)
	if err != nil {
		return nil, err
	}
	var handed []failedItem
	for _, e := range ids {
		if item, ok := items[e]; ok && first[e] {
			handed = append(handed, item)
		}
	}
	return handed, nil
}
