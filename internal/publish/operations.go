package publish

import "github.com/gatepost/gatepost/internal/op"

// Console returns the console's operations on published APIs.
func (a *APIs) Console() []op.Operation {
	return []op.Operation{
		op.Console("api.lint", a.lint, op.Spec{Title: "检查 API 文档", TitleEN: "Check an API document", As: op.Admin, Verb: op.Read, MaxBody: maxSent,
			Doc: "What is found in an OpenAPI 3.0 or 3.1 document, by line: rule, JSON pointer, what was expected and found, and the repair. Nothing is stored. Without document it is a stored draft."}),
		op.Console("api.import", a.importDraft, op.Spec{Title: "导入 API", TitleEN: "Import an API", As: op.Admin, Verb: op.Manage, MaxBody: maxSent,
			Doc: "Makes or replaces the draft of a version from an OpenAPI document. With errors of form among the findings nothing is stored; imported tells. Operations without grade are drafted and cannot be published. Settings of an earlier draft stay where the operation does. With upstream the group's addresses are set; an operator who names a private address opens that address. platform makes the group the operator's."}),
		op.Console("api.list", a.list, op.Spec{Title: "查询 API 分组", TitleEN: "List API groups", As: op.Admin, Verb: op.Read,
			Doc: "The company's groups with their versions; the operator sees those of all companies and of the platform. broken tells why this node does not offer a version."}),
		op.Console("api.get", a.get, op.Spec{Title: "查询 API 版本", TitleEN: "Get a version of an API", As: op.Admin, Verb: op.Read,
			Doc: "The draft's operations with what the document states, what was set, what is suggested and what holds in the end, and the findings."}),
		op.Console("api.setOperation", a.setOperation, op.Spec{Title: "设置 API 的接口", TitleEN: "Set an operation of an API", As: op.Admin, Verb: op.Manage,
			Doc: "Changes what the draft says of one operation beside its document; what is not given stays. resetMasks takes the document's masks again. It holds for calls from the next publication on."}),
		op.Console("api.setAudience", a.setAudience, op.Spec{Title: "设置 API 的可见范围", TitleEN: "Set to whom an API is shown", As: op.Admin, Verb: op.Manage,
			Doc: "All, listed companies, or listed apps. A company's own group is shown to its own apps alone. To companies outside there is no such API; an app outside is refused. It holds at once."}),
		op.Console("api.publish", a.publish, op.Spec{Title: "发布 API 版本", TitleEN: "Publish a version of an API", As: op.Admin, Verb: op.Manage,
			Doc: "Makes a numbered copy of the draft that does not change, and has it answer calls under /apis/{group}/{version}. Refused with errors among the findings, without upstream, and when it breaks calls of the live publication unless confirm is the group's name."}),
		op.Console("api.withdraw", a.withdraw, op.Spec{Title: "下线 API 版本", TitleEN: "Withdraw a version of an API", As: op.Admin, Verb: op.Manage,
			Doc: "No call of the version is answered from then on. confirm has to be the group's name. Drafts and publications stay."}),
		op.Console("api.versions", a.versions, op.Spec{Title: "查询 API 的发布记录", TitleEN: "List publications of a version", As: op.Admin, Verb: op.Read,
			Doc: "The publications, the newest first, and which of them is live."}),
		op.Console("api.rollback", a.rollback, op.Spec{Title: "回滚 API 版本", TitleEN: "Roll a version back", As: op.Admin, Verb: op.Manage,
			Doc: "Has an earlier publication answer calls again. The draft stays."}),
		op.Console("api.diff", a.diff, op.Spec{Title: "比较 API 版本", TitleEN: "Compare versions of an API", As: op.Admin, Verb: op.Read,
			Doc: "What becomes different for callers between two sources, each a version's draft (number 0) or publication; breaks marks what a call that is right today may fail on."}),
		op.Console("api.upstream.set", a.setUpstream, op.Spec{Title: "设置 API 的上游", TitleEN: "Set the upstream of an API", As: op.Admin, Verb: op.Manage,
			Doc: "Addresses, health check and bounds of the system that answers the group's calls; what is not given stays. Only the operator reaches private addresses, by naming each."}),
		op.Console("api.upstream.health", a.health, op.Spec{Title: "查询 API 上游的状态", TitleEN: "Get the health of an API's upstream", As: op.Admin, Verb: op.Read,
			Doc: "The configuration, and every address as this node sees it."}),
		op.Console("api.export", a.export, op.Spec{Title: "导出 API 文档", TitleEN: "Export an API document", As: op.Admin, Verb: op.Read,
			Doc: "The document as it was sent: of the draft, or of a publication by number."}),
		op.Console("api.remove", a.remove, op.Spec{Title: "删除 API 分组", TitleEN: "Remove an API", As: op.Admin, Verb: op.Manage,
			Doc: "Removes the group with every draft and publication, for good. confirm has to be its name."}),
	}
}

// maxSent bounds a request that brings a document as JSON text, in which a
// character may take six bytes.
const maxSent = 12 << 20
