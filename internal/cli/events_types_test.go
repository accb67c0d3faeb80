package cli_test

import (
	"strings"
	"testing"

	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/platformtest"
)

func TestEventsTypesAndTrigger(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t, platformtest.WithDemo())
	c := at(t, w)
	if out := c.ok("events", "types"); !strings.Contains(out, "user_add_org") || !strings.Contains(out, "bpms_task_change") || strings.Count(out, "\n") < 221 {
		t.Errorf("types prints:\n%s", out)
	}
	if out := c.ok(words("events types --family role --state emitted")...); strings.Count(out, "\n") != 5 || !strings.Contains(out, "label_user_change") {
		t.Errorf("types of a family prints:\n%s", out)
	}
	if out := c.ok(words("events types user_modify_org")...); !strings.Contains(out, "diffInfo.curr.email") || !strings.Contains(out, "R2") || !strings.Contains(out, `"timeStamp"`) {
		t.Errorf("types of one prints:\n%s", out)
	}
	if out := c.ok(words("events types org_remove")...); !strings.Contains(out, "no operation dissolves") {
		t.Errorf("types of a silent one prints:\n%s", out)
	}
	c.fails(1, words("events types user_ad_org"), "user_add_org")
	c.fails(1, words("events types --family nowhere"), "nowhere")

	c.ok(words("events trigger user_add_org --set userId=lina,wang")...)
	c.ok(words("events trigger org_dept_modify --set deptId=1")...)
	c.ok("events", "trigger", "user_modify_org", "--set", `diffInfo={"userid":"lina","prev":{},"curr":{"name":"李"}}`)
	list, err := w.Events.List(t.Context(), w.Demo.Corp, event.Filter{}, 3)
	if err != nil || len(list) != 3 {
		t.Fatal(list, err)
	}
	if list[2].Name != "user_add_org" || list[2].Object != "person:lina" || !strings.Contains(list[2].Payload, `["lina","wang"]`) {
		t.Errorf("triggered %+v", list[2])
	}
	if list[1].Object != "dept:1" || list[1].Payload != `{"deptId":[1]}` {
		t.Errorf("triggered %+v", list[1])
	}
	if !strings.Contains(list[0].Payload, "李") {
		t.Errorf("triggered %+v", list[0])
	}
	c.fails(2, words("events trigger user_add_org --set lina"), "FIELD=VALUE")
	c.fails(1, words("events trigger org_dept_modify --set deptId=one"), "payload.deptId[0]")
	c.fails(1, words("events trigger user_add_org --set name=li"), "payload.name")
	c.fails(1, words("events trigger bpms_task_change"), "bpms_task_change")

	c.ok("org", "rename", "示例新名")
	list, err = w.Events.List(t.Context(), w.Demo.Corp, event.Filter{}, 2)
	if err != nil || list[1].Name != event.CorpChanged || list[0].Name != event.DeptModified {
		t.Errorf("renaming causes %+v, %v", list, err)
	}
}
