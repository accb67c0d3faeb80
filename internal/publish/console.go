package publish

import (
	"context"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/openapi"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/upstream"
)

type apiFindingItem struct {
	Rule     string           `json:"rule" grade:"R1"`
	Severity openapi.Severity `json:"severity" enum:"error,warning,note" grade:"R1"`
	Pointer  string           `json:"pointer" grade:"R1"`
	Line     int              `json:"line" grade:"R1"`
	Expected string           `json:"expected" grade:"R1"`
	Found    string           `json:"found" grade:"R1"`
	Fix      string           `json:"fix" grade:"R1"`
}

func findingItems(findings []openapi.Finding, lang string) []apiFindingItem {
	items := make([]apiFindingItem, len(findings))
	for i, f := range findings {
		items[i] = apiFindingItem{f.Name, f.Severity, f.Pointer, f.Line, f.Expected.In(lang), f.Found.In(lang), f.Fix.In(lang)}
	}
	return items
}

type apiLintRequest struct {
	Document  string `json:"document" doc:"OpenAPI 文档，YAML 或 JSON"`
	GradeFrom string `json:"gradeFrom" maxLen:"64" doc:"给出分级的扩展字段；默认 x-gatepost-grade"`
	Group     string `json:"group" maxLen:"32" doc:"检查此分组的草稿"`
	Version   string `json:"version" maxLen:"8" default:"v1" doc:"版本"`
}

type apiFindingList struct {
	Findings []apiFindingItem `json:"findings"`
	Errors   int              `json:"errors" grade:"R1"`
}

func (a *APIs) lint(ctx context.Context, who op.Caller, q *apiLintRequest) (*apiFindingList, error) {
	var g Group
	source := Source{Document: q.Document, GradeFrom: q.GradeFrom}
	if q.Document == "" {
		var d Draft
		var err error
		if g, d, err = a.Draft(ctx, &who, q.Group, q.Version); err != nil {
			return nil, err
		}
		source = d.Source
	}
	found := build(g, q.Version, source).findings
	return &apiFindingList{findingItems(found, who.Lang), count(found)}, nil
}

type apiImportRequest struct {
	Group     string          `json:"group" required:"true" maxLen:"32" doc:"分组名，出现在路径中"`
	Version   string          `json:"version" maxLen:"8" default:"v1" doc:"版本，如 v1"`
	Title     string          `json:"title" maxLen:"120" doc:"标题；不传取文档的"`
	Document  string          `json:"document" required:"true" doc:"OpenAPI 文档，YAML 或 JSON"`
	GradeFrom string          `json:"gradeFrom" maxLen:"64" doc:"给出分级的扩展字段；默认 x-gatepost-grade"`
	Grades    []apiGradeGiven `json:"grades" maxItems:"1000" doc:"文档之外给出的分级"`
	Upstream  []string        `json:"upstream" maxItems:"32" doc:"上游地址"`
	Platform  bool            `json:"platform" doc:"属于平台，面向所有企业；仅限平台运营者"`
	DryRun    bool            `json:"dryRun" doc:"只检查，不保存"`
}

type apiGradeGiven struct {
	Operation string      `json:"operation" required:"true" maxLen:"512" doc:"方法与路径"`
	Grade     scope.Grade `json:"grade" required:"true" enum:"R1,R2,W1,W2" doc:"分级"`
}

type apiImportResponse struct {
	Imported   bool             `json:"imported" grade:"R1"`
	Operations int              `json:"operations" grade:"R1"`
	Findings   []apiFindingItem `json:"findings"`
	Errors     int              `json:"errors" grade:"R1"`
}

func (a *APIs) importDraft(ctx context.Context, who op.Caller, q *apiImportRequest) (*apiImportResponse, error) {
	in := Import{Group: q.Group, Version: q.Version, Title: q.Title, Document: q.Document, GradeFrom: q.GradeFrom, Platform: q.Platform, DryRun: q.DryRun,
		Grades: map[string]scope.Grade{}}
	for _, g := range q.Grades {
		in.Grades[g.Operation] = g.Grade
	}
	if len(q.Upstream) > 0 { // told before anything is stored
		if _, err := a.reachable(&who, q.Group, upstream.Config{Addresses: q.Upstream, Allow: named(q.Upstream)}); err != nil {
			return nil, err
		}
	}
	found, err := a.Import(ctx, &who, in)
	if err != nil {
		return nil, err
	}
	answer := &apiImportResponse{Imported: !openapi.Fatal(found) && !q.DryRun}
	source := Source{Document: q.Document, GradeFrom: q.GradeFrom, Settings: settingsOf(in.Grades)}
	if answer.Imported {
		if len(q.Upstream) > 0 {
			if err := a.addressed(ctx, &who, q.Group, apiUpstreamSetRequest{Addresses: &q.Upstream}); err != nil {
				return nil, err
			}
		}
		_, d, err := a.Draft(ctx, &who, q.Group, q.Version)
		if err != nil {
			return nil, err
		}
		source = d.Source
	}
	b := build(Group{Name: q.Group}, q.Version, source)
	answer.Operations, answer.Findings, answer.Errors = len(b.operations), findingItems(b.findings, who.Lang), count(b.findings)
	return answer, nil
}

func settingsOf(grades map[string]scope.Grade) map[string]Setting {
	settings := map[string]Setting{}
	for key, g := range grades {
		settings[key] = Setting{Grade: g}
	}
	return settings
}

type apiGroupList struct {
	List []apiGroupItem `json:"list"`
}

type apiGroupItem struct {
	Group     string           `json:"group" grade:"R1"`
	Title     string           `json:"title" grade:"R1"`
	CorpID    id.Corp          `json:"corpId" grade:"R1"`
	Platform  bool             `json:"platform" grade:"R1"`
	Audience  Kind             `json:"audience" enum:"all,corps,apps" grade:"R1"`
	Corps     []id.Corp        `json:"corps" grade:"R1"`
	Apps      []id.App         `json:"apps" grade:"R1"`
	Addresses []string         `json:"addresses" grade:"R1"`
	Broken    string           `json:"broken,omitzero" grade:"R1"`
	Versions  []apiVersionItem `json:"versions"`
}

type apiVersionItem struct {
	Version   string  `json:"version" grade:"R1"`
	Live      int64   `json:"live" grade:"R1"`
	DraftedBy id.User `json:"draftedBy" grade:"R1"`
	DraftedAt int64   `json:"draftedAt" grade:"R1"`
	Broken    string  `json:"broken,omitzero" grade:"R1"`
}

func (a *APIs) list(ctx context.Context, who op.Caller, _ *op.None) (*apiGroupList, error) {
	groups, err := a.Groups(ctx, who.Corp, who.Operator)
	if err != nil {
		return nil, err
	}
	answer := &apiGroupList{List: []apiGroupItem{}}
	for _, g := range groups {
		item, err := a.describe(ctx, g)
		if err != nil {
			return nil, err
		}
		answer.List = append(answer.List, item)
	}
	return answer, nil
}

func (a *APIs) describe(ctx context.Context, g Group) (apiGroupItem, error) {
	broken := a.Broken(g.Name)
	item := apiGroupItem{Group: g.Name, Title: g.Title, CorpID: g.Corp, Platform: g.Corp == Platform, Audience: g.Audience.Kind,
		Corps: slices.Clone(g.Audience.Corps), Addresses: g.Upstream.Addresses, Broken: broken[""]}
	for _, one := range g.Audience.Apps {
		item.Apps = append(item.Apps, one.App)
	}
	versions, err := a.Versions(ctx, g)
	for _, v := range versions {
		item.Versions = append(item.Versions, apiVersionItem{v.Name, v.Live, v.By, v.At.UnixMilli(), broken[v.Name]})
	}
	return item, err
}

type apiVersionRequest struct {
	Group   string `json:"group" required:"true" maxLen:"32" doc:"分组名"`
	Version string `json:"version" maxLen:"8" default:"v1" doc:"版本"`
}

type apiGetResponse struct {
	Group      apiGroupItem       `json:"group"`
	Version    string             `json:"version" grade:"R1"`
	Live       int64              `json:"live" grade:"R1"`
	Root       string             `json:"root" grade:"R1"`
	Operations []apiOperationItem `json:"operations"`
	Findings   []apiFindingItem   `json:"findings"`
	Errors     int                `json:"errors" grade:"R1"`
}

type apiOperationItem struct {
	Operation      string        `json:"operation" grade:"R1"`
	ID             string        `json:"id" grade:"R1"`
	Title          string        `json:"title" grade:"R1"`
	Line           int           `json:"line" grade:"R1"`
	Grade          scope.Grade   `json:"grade,omitzero" enum:"R1,R2,W1,W2" grade:"R1"`
	StatedBy       string        `json:"statedBy,omitzero" enum:"document,setting" grade:"R1"`
	Suggested      scope.Grade   `json:"suggested" enum:"R1,R2,W1,W2" grade:"R1"`
	Because        string        `json:"because" grade:"R1"`
	Scope          scope.Name    `json:"scope,omitzero" grade:"R1"`
	LimitGroup     string        `json:"limitGroup" grade:"R1"`
	Masks          []apiMaskItem `json:"masks"`
	SuggestedMasks []apiMaskItem `json:"suggestedMasks"`
	Deprecated     bool          `json:"deprecated" grade:"R1"`
	Hidden         bool          `json:"hidden" grade:"R1"`
	MaxBody        int64         `json:"maxBody" grade:"R1"`
}

type apiMaskItem struct {
	Path        string      `json:"path" grade:"R1"`
	Kind        op.Mask     `json:"kind" enum:"phone,idcard,email,name,bankcard,pattern,hide,null" grade:"R1"`
	Pattern     string      `json:"pattern,omitzero" grade:"R1"`
	Replacement string      `json:"replacement,omitzero" grade:"R1"`
	Below       scope.Grade `json:"below,omitzero" enum:"R2" grade:"R1"`
}

func maskItems(masks []openapi.Mask) []apiMaskItem {
	items := make([]apiMaskItem, len(masks))
	for i, m := range masks {
		items[i] = apiMaskItem(m)
	}
	return items
}

func (a *APIs) get(ctx context.Context, who op.Caller, q *apiVersionRequest) (*apiGetResponse, error) {
	g, d, err := a.Draft(ctx, &who, q.Group, q.Version)
	if err != nil {
		return nil, err
	}
	item, err := a.describe(ctx, g)
	if err != nil {
		return nil, err
	}
	b := build(g, q.Version, d.Source)
	answer := &apiGetResponse{Group: item, Version: q.Version, Live: d.Live, Root: root(g.Name, q.Version), Findings: findingItems(b.findings, who.Lang), Errors: count(b.findings)}
	for _, o := range b.operations {
		answer.Operations = append(answer.Operations, o.item(g))
	}
	return answer, nil
}

func (o *operation) item(g Group) apiOperationItem {
	item := apiOperationItem{Operation: o.Key(), ID: o.ID, Title: o.Title, Line: o.Line, Grade: o.grade, StatedBy: o.stated, Suggested: o.Suggested, Because: o.Because,
		LimitGroup: o.group, Masks: maskItems(o.masks), SuggestedMasks: maskItems(o.SuggestedMasks), Deprecated: o.deprecated, Hidden: o.hidden, MaxBody: o.maxBody}
	if o.grade != "" {
		item.Scope = scope.Published(g.Name, o.grade)
	}
	return item
}

type apiSetOperationRequest struct {
	Group      string          `json:"group" required:"true" maxLen:"32" doc:"分组名"`
	Version    string          `json:"version" maxLen:"8" default:"v1" doc:"版本"`
	Operation  string          `json:"operation" required:"true" maxLen:"512" doc:"方法与路径，如 GET /people/{id}"`
	Grade      *scope.Grade    `json:"grade" enum:"R1,R2,W1,W2" doc:"分级"`
	LimitGroup *string         `json:"limitGroup" maxLen:"48" doc:"流控分组"`
	Masks      *[]apiMaskGiven `json:"masks" maxItems:"100" doc:"脱敏；替换全部"`
	ResetMasks bool            `json:"resetMasks" doc:"恢复文档中的脱敏"`
	Deprecated *bool           `json:"deprecated" doc:"将弃用"`
	Hidden     *bool           `json:"hidden" doc:"不发布"`
	MaxBody    *int64          `json:"maxBody" min:"0" doc:"请求体上限，字节；0 为默认"`
}

type apiMaskGiven struct {
	Path        string      `json:"path" required:"true" maxLen:"512" doc:"JSONPath"`
	Kind        op.Mask     `json:"kind" required:"true" enum:"phone,idcard,email,name,bankcard,pattern,hide,null" doc:"脱敏方式"`
	Pattern     string      `json:"pattern" maxLen:"256" doc:"kind 为 pattern 时的 RE2 表达式"`
	Replacement string      `json:"replacement" maxLen:"64" doc:"替换为"`
	Below       scope.Grade `json:"below" enum:"R2" doc:"R2：只对数据分级低于 R2 的应用"`
}

func (a *APIs) setOperation(ctx context.Context, who op.Caller, q *apiSetOperationRequest) (*op.None, error) {
	_, d, err := a.Draft(ctx, &who, q.Group, q.Version)
	if err != nil {
		return nil, err
	}
	s := d.Settings[q.Operation]
	if q.Grade != nil {
		s.Grade = *q.Grade
	}
	if q.LimitGroup != nil {
		s.Group = *q.LimitGroup
	}
	if q.Masks != nil {
		masks := make([]openapi.Mask, len(*q.Masks))
		for i, m := range *q.Masks {
			masks[i] = openapi.Mask(m)
		}
		s.Masks = &masks
	}
	if q.ResetMasks {
		s.Masks = nil
	}
	if q.Deprecated != nil {
		s.Deprecated = q.Deprecated
	}
	if q.Hidden != nil {
		s.Hidden = *q.Hidden
	}
	if q.MaxBody != nil {
		s.MaxBody = *q.MaxBody
	}
	return &op.None{}, a.SetOperation(ctx, &who, q.Group, q.Version, q.Operation, s)
}

type apiAudienceRequest struct {
	Group    string    `json:"group" required:"true" maxLen:"32" doc:"分组名"`
	Audience Kind      `json:"audience" required:"true" enum:"all,corps,apps" doc:"可见范围"`
	Corps    []id.Corp `json:"corps" maxItems:"200" doc:"audience 为 corps 时的企业"`
	Apps     []id.App  `json:"apps" maxItems:"200" doc:"audience 为 apps 时的 AppKey"`
}

func (a *APIs) setAudience(ctx context.Context, who op.Caller, q *apiAudienceRequest) (*op.None, error) {
	audience := Audience{Kind: q.Audience, Corps: q.Corps}
	for _, key := range q.Apps {
		audience.Apps = append(audience.Apps, ListedApp{App: key})
	}
	return &op.None{}, a.SetAudience(ctx, &who, q.Group, audience)
}

type apiPublishRequest struct {
	Group   string `json:"group" required:"true" maxLen:"32" doc:"分组名"`
	Version string `json:"version" maxLen:"8" default:"v1" doc:"版本"`
	Note    string `json:"note" maxLen:"200" doc:"发布说明"`
	Confirm string `json:"confirm" maxLen:"32" doc:"会破坏现有调用时以分组名确认"`
}

type apiPublishResponse struct {
	Number int64  `json:"number" grade:"R1"`
	Root   string `json:"root" grade:"R1"`
}

func (a *APIs) publish(ctx context.Context, who op.Caller, q *apiPublishRequest) (*apiPublishResponse, error) {
	p, err := a.Publish(ctx, &who, q.Group, q.Version, q.Note, q.Confirm)
	return &apiPublishResponse{p.Number, root(q.Group, q.Version)}, err
}

type apiWithdrawRequest struct {
	Group   string `json:"group" required:"true" maxLen:"32" doc:"分组名"`
	Version string `json:"version" maxLen:"8" default:"v1" doc:"版本"`
	Confirm string `json:"confirm" required:"true" maxLen:"32" doc:"分组名"`
}

func (a *APIs) withdraw(ctx context.Context, who op.Caller, q *apiWithdrawRequest) (*op.None, error) {
	return &op.None{}, a.Withdraw(ctx, &who, q.Group, q.Version, q.Confirm)
}

type apiRemoveRequest struct {
	Group   string `json:"group" required:"true" maxLen:"32" doc:"分组名"`
	Confirm string `json:"confirm" required:"true" maxLen:"32" doc:"分组名"`
}

func (a *APIs) remove(ctx context.Context, who op.Caller, q *apiRemoveRequest) (*op.None, error) {
	return &op.None{}, a.Remove(ctx, &who, q.Group, q.Confirm)
}

type apiPublicationList struct {
	Live int64                `json:"live" grade:"R1"`
	List []apiPublicationItem `json:"list"`
}

type apiPublicationItem struct {
	Number      int64   `json:"number" grade:"R1"`
	Note        string  `json:"note" grade:"R1"`
	PublishedBy id.User `json:"publishedBy" grade:"R1"`
	PublishedAt int64   `json:"publishedAt" grade:"R1"`
}

func (a *APIs) versions(ctx context.Context, who op.Caller, q *apiVersionRequest) (*apiPublicationList, error) {
	g, d, err := a.Draft(ctx, &who, q.Group, q.Version)
	if err != nil {
		return nil, err
	}
	all, err := a.Publications(ctx, g, q.Version)
	answer := &apiPublicationList{Live: d.Live, List: []apiPublicationItem{}}
	for _, p := range all {
		answer.List = append(answer.List, apiPublicationItem{p.Number, p.Note, p.By, p.At.UnixMilli()})
	}
	return answer, err
}

type apiNumberRequest struct {
	Group   string `json:"group" required:"true" maxLen:"32" doc:"分组名"`
	Version string `json:"version" maxLen:"8" default:"v1" doc:"版本"`
	Number  int64  `json:"number" required:"true" min:"1" doc:"发布序号"`
}

func (a *APIs) rollback(ctx context.Context, who op.Caller, q *apiNumberRequest) (*op.None, error) {
	return &op.None{}, a.Rollback(ctx, &who, q.Group, q.Version, q.Number)
}

type apiDiffRequest struct {
	Group       string `json:"group" required:"true" maxLen:"32" doc:"分组名"`
	FromVersion string `json:"fromVersion" maxLen:"8" default:"v1" doc:"旧的版本"`
	FromNumber  *int64 `json:"fromNumber" min:"0" doc:"旧的发布序号；0 为草稿；不传为当前发布"`
	ToVersion   string `json:"toVersion" maxLen:"8" default:"v1" doc:"新的版本"`
	ToNumber    int64  `json:"toNumber" min:"0" doc:"新的发布序号；0 为草稿"`
}

type apiChangeList struct {
	Breaks bool            `json:"breaks" grade:"R1"`
	List   []apiChangeItem `json:"list"`
}

type apiChangeItem struct {
	Operation string `json:"operation" grade:"R1"`
	Field     string `json:"field,omitzero" grade:"R1"`
	Breaks    bool   `json:"breaks" grade:"R1"`
	What      string `json:"what" grade:"R1"`
}

func (a *APIs) diff(ctx context.Context, who op.Caller, q *apiDiffRequest) (*apiChangeList, error) {
	old, err := a.source(ctx, &who, q.Group, q.FromVersion, q.FromNumber)
	if err != nil {
		return nil, err
	}
	next, err := a.source(ctx, &who, q.Group, q.ToVersion, &q.ToNumber)
	if err != nil {
		return nil, err
	}
	answer := &apiChangeList{List: []apiChangeItem{}}
	for _, c := range compare(old, next) {
		answer.Breaks = answer.Breaks || c.Breaks
		answer.List = append(answer.List, apiChangeItem{c.Operation, c.Field, c.Breaks, c.What.In(who.Lang)})
	}
	return answer, nil
}

// source builds a version's publication; of number 0 its draft, of nil what is
// live, or the draft while nothing is.
func (a *APIs) source(ctx context.Context, who *op.Caller, group, version string, number *int64) (*built, error) {
	g, d, err := a.Draft(ctx, who, group, version)
	if err != nil {
		return nil, err
	}
	n := d.Live
	if number != nil {
		n = *number
	}
	if n == 0 {
		return build(g, version, d.Source), nil
	}
	p, err := a.Publication(ctx, g, version, n)
	if err != nil {
		return nil, err
	}
	return build(g, version, p.Source), nil
}

type apiExportRequest struct {
	Group   string `json:"group" required:"true" maxLen:"32" doc:"分组名"`
	Version string `json:"version" maxLen:"8" default:"v1" doc:"版本"`
	Number  int64  `json:"number" min:"0" doc:"发布序号；0 为草稿"`
}

type apiExportResponse struct {
	Document string `json:"document" grade:"R1"`
}

func (a *APIs) export(ctx context.Context, who op.Caller, q *apiExportRequest) (*apiExportResponse, error) {
	g, d, err := a.Draft(ctx, &who, q.Group, q.Version)
	if err != nil || q.Number == 0 {
		return &apiExportResponse{d.Document}, err
	}
	p, err := a.Publication(ctx, g, q.Version, q.Number)
	return &apiExportResponse{p.Document}, err
}

type apiUpstreamSetRequest struct {
	Group       string    `json:"group" required:"true" maxLen:"32" doc:"分组名"`
	Addresses   *[]string `json:"addresses" maxItems:"32" doc:"http 或 https 地址；替换全部"`
	Host        *string   `json:"host" maxLen:"255" doc:"发给上游的 Host；空为地址的"`
	HealthPath  *string   `json:"healthPath" maxLen:"255" doc:"健康检查的路径；空为只由调用得知"`
	TimeoutMs   *int      `json:"timeoutMs" min:"1" max:"600000" doc:"整个调用的时限，毫秒"`
	Retries     *int      `json:"retries" min:"-1" max:"3" doc:"幂等调用的重试次数；-1 为不重试"`
	MaxInFlight *int      `json:"maxInFlight" min:"1" max:"100000" doc:"同时进行的调用数"`
}

func (a *APIs) setUpstream(ctx context.Context, who op.Caller, q *apiUpstreamSetRequest) (*op.None, error) {
	return &op.None{}, a.addressed(ctx, &who, q.Group, *q)
}

func (a *APIs) addressed(ctx context.Context, who *op.Caller, group string, q apiUpstreamSetRequest) error {
	g, err := a.Group(ctx, who, group)
	if err != nil {
		return err
	}
	c := g.Upstream
	if q.Addresses != nil {
		c.Addresses = *q.Addresses
		c.Allow = named(c.Addresses)
	}
	set(&c.Host, q.Host)
	set(&c.Health.Path, q.HealthPath)
	set(&c.Timeouts.Whole, q.TimeoutMs)
	set(&c.Retries, q.Retries)
	set(&c.MaxInFlight, q.MaxInFlight)
	return a.SetUpstream(ctx, who, group, c)
}

func set[T any](to *T, given *T) {
	if given != nil {
		*to = *given
	}
}

// named are the addresses that are written as numbers, or as localhost: an
// operator who writes them means them.
func named(addresses []string) (prefixes []netip.Prefix) {
	for _, address := range addresses {
		u, err := url.Parse(address)
		if err != nil {
			continue
		}
		host := u.Hostname()
		if strings.EqualFold(host, "localhost") {
			prefixes = append(prefixes, netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("::1/128"))
		} else if ip, err := netip.ParseAddr(host); err == nil && ip.Zone() == "" {
			prefixes = append(prefixes, netip.PrefixFrom(ip.Unmap(), ip.Unmap().BitLen()))
		}
	}
	return prefixes
}

type apiGroupRequest struct {
	Group string `json:"group" required:"true" maxLen:"32" doc:"分组名"`
}

type apiHealthResponse struct {
	Addresses   []apiAddressItem `json:"addresses"`
	Host        string           `json:"host" grade:"R1"`
	HealthPath  string           `json:"healthPath" grade:"R1"`
	TimeoutMs   int              `json:"timeoutMs" grade:"R1"`
	Retries     int              `json:"retries" grade:"R1"`
	MaxInFlight int              `json:"maxInFlight" grade:"R1"`
	Broken      string           `json:"broken,omitzero" grade:"R1"`
}

type apiAddressItem struct {
	URL      string `json:"url" grade:"R1"`
	State    string `json:"state" enum:"up,down,ejected,trying" grade:"R1"`
	Since    int64  `json:"since,omitzero" grade:"R1"`
	InFlight int    `json:"inFlight" grade:"R1"`
	Failures int    `json:"failures" grade:"R1"`
	Until    int64  `json:"until,omitzero" grade:"R1"`
	Last     string `json:"last,omitzero" grade:"R1"`
}

func (a *APIs) health(ctx context.Context, who op.Caller, q *apiGroupRequest) (*apiHealthResponse, error) {
	g, err := a.Group(ctx, &who, q.Group)
	if err != nil {
		return nil, err
	}
	c := g.Upstream
	answer := &apiHealthResponse{Addresses: []apiAddressItem{}, Host: c.Host, HealthPath: c.Health.Path, TimeoutMs: c.Timeouts.Whole, Retries: c.Retries, MaxInFlight: c.MaxInFlight, Broken: a.Broken(g.Name)[""]}
	for _, at := range a.Health(g.Name) {
		item := apiAddressItem{URL: at.URL, State: string(at.State), InFlight: at.InFlight, Failures: at.Failures, Last: at.Last}
		if !at.Since.IsZero() {
			item.Since = at.Since.UnixMilli()
		}
		if !at.Until.IsZero() {
			item.Until = at.Until.UnixMilli()
		}
		answer.Addresses = append(answer.Addresses, item)
	}
	return answer, nil
}
