package callback

import (
	"slices"
	"strings"

	"github.com/gatepost/gatepost/internal/event"
)

// documented are the tags that register_call_back takes as the public documents
// list them (events.md §6), whether or not the platform announces them yet.
const documented = `
	user_add_org user_modify_org user_leave_org user_active_org org_admin_add org_admin_remove
	org_dept_create org_dept_modify org_dept_remove org_remove org_change
	label_user_change label_conf_add label_conf_del label_conf_modify
	edu_user_insert edu_user_update edu_user_delete edu_user_relation_insert edu_user_relation_update edu_user_relation_delete
	edu_dept_insert edu_dept_update edu_dept_delete
	bpms_task_change bpms_instance_change
	chat_add_member chat_remove_member chat_quit chat_update_owner chat_update_title chat_disband chat_disband_microapp
	check_in attendance_check_record attendance_schedule_change attendance_overtime_duration
	meetingroom_book meetingroom_room_info`

// known reports whether a callback can be registered for n: it is documented as a
// tag, or declared.
func known(n event.Name) bool {
	if _, declared := event.Find(n); declared {
		return true
	}
	return slices.Contains(strings.Fields(documented), string(n))
}
