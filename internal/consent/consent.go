package consent

import (
	"context"
	"encoding/json"
	"html/template"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/gatepost/gatepost/internal/op"
)

// Path is where applications send browsers.
const Path = "/oauth2/auth"

// Server answers calls; gateway.Gateway is one.
type Server interface {
	Serve(ctx context.Context, r *op.Request) op.Answer
}

// Page serves the page.
type Page struct {
	server  Server
	request func(*http.Request) *op.Request
	pages   *template.Template
}

// New returns a page whose calls server answers. request tells from where a
// request came.
func New(server Server, request func(*http.Request) *op.Request) *Page {
	return &Page{server, request, template.Must(template.New("").Parse(source))}
}

// maxForm bounds what a form of the page may hold, in bytes.
const maxForm = 64 << 10

// The page's own word in its address, beside what the application asks.
const (
	ownWord = "gatepost"
	again   = "again"  // the browser was sent here by this site, and has brought its cookies
	other   = "switch" // somebody else wants to sign in
)

// ServeHTTP implements http.Handler.
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v := &visit{page: p, w: w, r: r, words: zh(), lang: "zh"}
	if l := r.Header.Get("Accept-Language"); len(l) >= 2 && strings.EqualFold(l[:2], "en") {
		v.words, v.lang = en(), "en"
	}
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		v.refuse(refusal{Message: v.words.Malformed, status: http.StatusBadRequest})
		return
	}
	v.own = q.Get(ownWord)
	q.Del(ownWord)
	v.asked = q
	for name, values := range q {
		if len(values) > 1 { // of two the page could check one and the application mean the other
			v.refuse(refusal{Message: v.words.Doubled, Field: name, status: http.StatusBadRequest})
			return
		}
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		v.get()
	case http.MethodPost:
		v.post()
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		v.refuse(refusal{Message: http.StatusText(http.StatusMethodNotAllowed), status: http.StatusMethodNotAllowed})
	}
}

// visit is one request of a browser.
type visit struct {
	page  *Page
	w     http.ResponseWriter
	r     *http.Request
	words words
	lang  string
	asked url.Values // what the application asks
	own   string     // the page's own word
}

// check is what is known before anybody signs in.
type check struct {
	AppName     string `json:"appName"`
	Description string `json:"description"`
	CorpID      string `json:"corpId"`
	CorpName    string `json:"corpName"`
	Sandbox     bool   `json:"sandbox"`
	People      []struct {
		UserID string `json:"userId"`
		Name   string `json:"name"`
	} `json:"people"`
}

// question is what a person is asked, or where the browser goes without.
type question struct {
	Location string `json:"location"`
	Ticket   string `json:"ticket"`
	AppName  string `json:"appName"`
	CorpName string `json:"corpName"`
	UserID   string `json:"userId"`
	Name     string `json:"name"`
	Scopes   []struct {
		Scope    string `json:"scope"`
		Title    string `json:"title"`
		Grade    string `json:"grade"`
		Required bool   `json:"required"`
		Ticked   bool   `json:"ticked"`
	} `json:"scopes"`
}

// refusal is an answer that is not the one that was asked for.
type refusal struct {
	Message   string `json:"message"`
	RequestID string `json:"requestid"`
	Rule      string `json:"rule"`
	Field     string `json:"field"`
	Expected  string `json:"expected"`
	Found     string `json:"found"`
	Hint      string `json:"hint"`

	status int
}

func (v *visit) get() {
	var c check
	if _, no := v.call("authorization.check", v.request(), &c); no != nil {
		v.refuse(*no)
		return
	}
	session, err := v.r.Cookie(op.SessionCookie)
	switch {
	case v.own == other:
		v.signIn(c, nil)
	case err != nil && v.own != again && v.fromElsewhere():
		v.hop()
	case err != nil:
		v.signIn(c, nil)
	default:
		v.ask(c, session.Value)
	}
}

// fromElsewhere reports whether another site sent the browser. It then keeps the
// session's cookie back, which is for this site's own links alone.
func (v *visit) fromElsewhere() bool {
	if site := v.r.Header.Get("Sec-Fetch-Site"); site != "" {
		return site == "cross-site" || site == "same-site"
	}
	u, err := url.Parse(v.r.Referer())
	return err == nil && u.Host != "" && u.Host != v.r.Host
}

// ask asks whoever is signed in.
func (v *visit) ask(c check, session string) {
	var q question
	_, no := v.callAs(session, "authorization.ask", v.request(), &q)
	switch {
	case no == nil:
		v.put(q)
	case no.Rule == "session.missing" && no.Expected == "":
		v.signIn(c, nil)
	default: // of another company, or no employee of this one
		v.signIn(c, no)
	}
}

func (v *visit) put(q question) {
	if q.Location != "" {
		v.away(q.Location)
		return
	}
	v.show(http.StatusOK, "consent", q)
}

// post takes a form. One of another site is refused: it would let somebody act
// here whose browser was made to.
func (v *visit) post() {
	if err := http.NewCrossOriginProtection().Check(v.r); err != nil {
		v.refuse(refusal{Message: v.words.Foreign, status: http.StatusForbidden})
		return
	}
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, maxForm)
	if err := v.r.ParseForm(); err != nil {
		v.refuse(refusal{Message: v.words.Malformed, status: http.StatusBadRequest})
		return
	}
	form := v.r.PostForm
	switch form.Get("do") {
	case "signin":
		v.password(form.Get("user"), form.Get("password"))
	case "pick":
		v.pick(form.Get("userId"))
	case "allow", "deny":
		v.decide(form.Get("do") == "allow", form)
	default:
		v.refuse(refusal{Message: v.words.Malformed, status: http.StatusBadRequest})
	}
}

func (v *visit) password(user, password string) {
	var c check
	if _, no := v.call("authorization.check", v.request(), &c); no != nil {
		v.refuse(*no)
		return
	}
	head, no := v.call("session.open", map[string]any{"user": user, "password": password, "corpId": c.CorpID}, &struct{}{})
	if no != nil {
		v.signIn(c, no)
		return
	}
	for _, h := range head {
		if h[0] == "Set-Cookie" {
			v.w.Header().Add(h[0], h[1])
		}
	}
	v.hop()
}

func (v *visit) pick(user string) {
	body := v.request()
	body["userId"] = user
	var q question
	if _, no := v.call("authorization.pick", body, &q); no != nil {
		v.refuse(*no)
		return
	}
	v.put(q)
}

func (v *visit) decide(approve bool, form url.Values) {
	var q struct {
		Location string `json:"location"`
	}
	body := map[string]any{"ticket": form.Get("ticket"), "approve": approve, "scopes": append([]string{}, form["scope"]...)}
	if _, no := v.call("authorization.decide", body, &q); no != nil {
		v.refuse(*no)
		return
	}
	v.away(q.Location)
}

// request is what the application asks, as the operations take it.
func (v *visit) request() map[string]any {
	body := map[string]any{}
	for name := range maps.Keys(v.asked) {
		if value := v.asked.Get(name); value != "" {
			body[name] = value
		}
	}
	return body
}

func (v *visit) call(operation string, body map[string]any, into any) ([][2]string, *refusal) {
	return v.callAs("", operation, body, into)
}

// callAs makes a call of the console through the gateway, with a session.
func (v *visit) callAs(session, operation string, body map[string]any, into any) ([][2]string, *refusal) {
	broken := &refusal{Message: v.words.Broken, status: http.StatusInternalServerError}
	b, err := json.Marshal(body)
	if err != nil {
		return nil, broken
	}
	seen := v.page.request(v.r)
	head := http.Header{"Content-Type": {"application/json"}, "Accept-Language": {v.lang}}
	if session != "" {
		head.Set("Authorization", "Bearer "+session)
	}
	a := v.page.server.Serve(v.r.Context(), &op.Request{Method: http.MethodPost, Path: op.ConsolePath + operation, Host: seen.Host, Secure: seen.Secure,
		IP: seen.IP, Head: head, Body: strings.NewReader(string(b)), Length: int64(len(b))})
	if a.Status == http.StatusOK {
		if json.Unmarshal(a.Body, into) != nil {
			return nil, broken
		}
		return a.Header, nil
	}
	no := &refusal{}
	if json.Unmarshal(a.Body, no) != nil {
		return nil, broken
	}
	no.status = a.Status
	return a.Header, no
}
