package callback

import (
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
)

// Operations is what applications may ask about their callbacks.
func (r *Registry) Operations() []op.Operation {
	return []op.Operation{
		op.V1("/call_back/register_call_back", r.register, op.Spec{Title: "注册业务事件回调", TitleEN: "Register a callback for events",
			Doc: "One callback per app. check_url is posted first and has to be answered within 1.5 s; the owner key of what is sent is the corp's id. An address below a private or loopback range, or of the platform itself, is refused with 71013 unless the operator allows it. " +
				"Decision: tags are those of the documented list and every declared event; those that nothing announces yet are taken. 71014 is about service windows, which there are none of, and is never given.",
			Verb: op.Write, Scope: scope.Base, Group: "callback"}),
		op.V1("/call_back/update_call_back", r.update, op.Spec{Title: "更新业务事件回调", TitleEN: "Change the callback for events",
			Doc:  "The same body as register_call_back: all of it is replaced, once the new receiver has answered check_url; else the old one stays. A callback that the platform had ended is delivered to again.",
			Verb: op.Write, Scope: scope.Base, Group: "callback"}),
		op.V1("/call_back/get_call_back", r.get, op.Spec{Title: "查询业务事件回调", TitleEN: "Get the callback for events",
			Doc:  "What the app registered itself; subscriptions of the console are not told. Clients send it as GET.",
			Verb: op.Read, Scope: scope.Base, Group: "callback"}),
		op.V1("/call_back/delete_call_back", r.remove, op.Spec{Title: "删除业务事件回调", TitleEN: "Remove the callback for events",
			Doc:  "What was still to be delivered is dropped. Clients send it as GET.",
			Verb: op.Write, Scope: scope.Base, Group: "callback"}),
		op.V1("/call_back/get_call_back_failed_result", r.failed, op.Spec{Title: "获取推送失败的事件列表", TitleEN: "Fetch events whose callback failed",
			Doc: "At most 200, the oldest first; has_more says to call again. Clients send it as GET. data stands under the name of the tag. An event is here as soon as the documented tries failed: the first, and those after 10 s and 30 s. " +
				"Decision: a call hands each event out once, for there is no cursor. The platform goes on trying for about three days, and keeps what it gave up, whether or not it was fetched; eventId tells what came twice.",
			Verb: op.Read, Scope: scope.Base, Group: "callback"}),
	}
}
