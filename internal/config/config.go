// Package config is what must be known before the database opens. Everything
// else is a setting, kept in the database and changed in the console.
//
// There is one notation: GATEPOST_LISTEN=127.0.0.1:8700, the same in a file, in
// the environment, under systemd and in a ConfigMap. A flag of `gatepost up`
// beats the environment, which beats the file, which beats the default.
package config

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Config is a checked configuration.
type Config struct {
	Listen     string         // address of the platform's listener
	Data       string         // directory of the database file, keys and logs of this node
	Postgres   Secret         // connection URL; empty: SQLite in Data
	Redis      Secret         // connection URL; empty: one node, state in memory
	MasterKey  Secret         // 32 bytes in base64; empty: the file master.key in Data
	PublicURL  string         // how others reach us, for links; empty: as each caller did
	Node       int            // this node's number, 0 to 1023
	Proxies    []netip.Prefix // whose X-Forwarded-For is believed
	Upstreams  []netip.Prefix // private and loopback addresses at which published systems may be called
	Callbacks  []netip.Prefix // private and loopback addresses to which callbacks may be sent
	Databases  []netip.Prefix // private and loopback addresses at which databases of applications may be written to
	TLS        string         // TLSOff, TLSOwn or TLSFiles
	TLSCert    string         // chain in PEM, with TLSFiles
	TLSKey     string         // its key in PEM, with TLSFiles
	LogLevel   string         // debug, info, warn or error
	LogFormat  string         // text or json
	CallDays   time.Duration  // how long calls are kept in the request log
	EventDays  time.Duration  // how long events are kept
	TryDays    time.Duration  // how long tries to deliver events are kept
	DeadDays   time.Duration  // how long deliveries that were given up are kept
	EventRows  int64          // events of a company that are kept at most
	Answers    int64          // bytes of answers that are remembered; 0: none
	AnswerAge  time.Duration  // on PostgreSQL, how old a remembered answer may be; 0: none is
	Rekey      time.Duration  // the age at which the keys of a channel session are replaced
	Drain      time.Duration  // how long calls are taken after readiness was withdrawn at shutdown
	GraceLimit time.Duration  // how long calls in progress may take at shutdown

	// Volatile makes SQLite acknowledge before the disk does. It is no option:
	// only tests set it.
	Volatile bool
}

// What the platform's listener speaks.
const (
	TLSOff   = "off"   // http
	TLSOwn   = "own"   // https with certificates of the platform's own authority, for development
	TLSFiles = "files" // https with the certificate in TLSCert and TLSKey
)

// Secret is a value that must not be shown: its text is *** wherever it is
// printed, logged or encoded.
type Secret string

// String implements fmt.Stringer.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "***"
}

// MarshalText implements encoding.TextMarshaler, which JSON and slog use.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Option is one entry of the configuration.
type Option struct {
	Name    string // GATEPOST_…
	Default string
	Doc     string // zh
	DocEN   string
	Secret  bool

	set func(*Config, string) error
}

// Options is the table of the configuration, in the order in which it is shown.
func Options() []Option {
	return []Option{
		{Name: "GATEPOST_LISTEN", Default: "127.0.0.1:8700", Doc: "监听地址", DocEN: "address to listen on; port 0 takes a free one",
			set: func(c *Config, s string) error { c.Listen = s; return address(s) }},
		{Name: "GATEPOST_DATA", Default: "gatepost-data", Doc: "数据目录：数据库文件、主密钥、本地 CA", DocEN: "directory of the database file, the master key and the local CA",
			set: func(c *Config, s string) error { c.Data = s; return notEmpty(s) }},
		{Name: "GATEPOST_POSTGRES", Doc: "PostgreSQL 连接地址；不填用数据目录里的 SQLite", DocEN: "PostgreSQL URL; without it SQLite in the data directory", Secret: true,
			set: func(c *Config, s string) error { c.Postgres = Secret(s); return scheme(s, "postgres", "postgresql") }},
		{Name: "GATEPOST_REDIS", Doc: "Redis 连接地址；多节点时必填", DocEN: "Redis URL; needed as soon as there are several nodes", Secret: true,
			set: func(c *Config, s string) error { c.Redis = Secret(s); return scheme(s, "redis", "rediss", "unix") }},
		{Name: "GATEPOST_MASTER_KEY", Doc: "主密钥，32 字节的 base64；不填用数据目录里的 master.key", DocEN: "master key, 32 bytes in base64; without it the file master.key in the data directory", Secret: true,
			set: func(c *Config, s string) error { c.MasterKey = Secret(s); return nil }},
		{Name: "GATEPOST_PUBLIC_URL", Doc: "对外地址，用于链接；不填用调用方所用的地址", DocEN: "address that others use, for links; without it the one each caller used",
			set: func(c *Config, s string) error {
				c.PublicURL = strings.TrimSuffix(s, "/")
				return scheme(s, "http", "https")
			}},
		{Name: "GATEPOST_NODE", Default: "0", Doc: "节点编号，0 到 1023；多节点时各不相同", DocEN: "number of this node, 0 to 1023; different on every node",
			set: func(c *Config, s string) (err error) { c.Node, err = number(s, 0, 1023); return err }},
		{Name: "GATEPOST_TRUSTED_PROXIES", Doc: "信任其 X-Forwarded-For 的代理，逗号分隔的 CIDR", DocEN: "proxies whose X-Forwarded-For is believed, CIDRs separated by commas",
			set: func(c *Config, s string) (err error) { c.Proxies, err = prefixes(s); return err }},
		{Name: "GATEPOST_UPSTREAM_ALLOW", Doc: "允许作为后端系统访问的内网与回环地址，逗号分隔的 CIDR；公网地址不必列出", DocEN: "private and loopback addresses at which published systems may be called, CIDRs separated by commas; public ones need no entry",
			set: func(c *Config, s string) (err error) { c.Upstreams, err = prefixes(s); return err }},
		{Name: "GATEPOST_CALLBACK_ALLOW", Doc: "允许事件回调发往的内网与回环地址，逗号分隔的 CIDR；公网地址不必列出。平台只监听回环地址或以 --demo 启动时，沙箱企业可回调到回环地址", DocEN: "private and loopback addresses to which event callbacks may be sent, CIDRs separated by commas; public ones need no entry. Sandbox companies may use loopback addresses where the platform listens on loopback alone or was started with --demo",
			set: func(c *Config, s string) (err error) { c.Callbacks, err = prefixes(s); return err }},
		{Name: "GATEPOST_DATABASE_ALLOW", Doc: "允许作为应用推送库的内网与回环地址，逗号分隔的 CIDR；公网地址不必列出。平台只监听回环地址时，沙箱企业可用回环地址", DocEN: "private and loopback addresses at which databases of applications may be written to, CIDRs separated by commas; public ones need no entry. Sandbox companies may use loopback addresses where the platform listens on loopback alone",
			set: func(c *Config, s string) (err error) { c.Databases, err = prefixes(s); return err }},
		{Name: "GATEPOST_TLS", Default: TLSOff, Doc: "监听的协议：off 为 http；own 为 https，证书由数据目录里的本地 CA 签发，供开发用；files 为 https，证书在文件里", DocEN: "what the listener speaks: off is http; own is https by the local CA in the data directory, for development; files is https by a certificate in files",
			set: func(c *Config, s string) error { c.TLS = s; return oneOf(s, TLSOff, TLSOwn, TLSFiles) }},
		{Name: "GATEPOST_TLS_CERT", Doc: "证书链文件（PEM）；文件更新后无需重启", DocEN: "file of the certificate chain in PEM; read again when it changes",
			set: func(c *Config, s string) error { c.TLSCert = s; return nil }},
		{Name: "GATEPOST_TLS_KEY", Doc: "证书私钥文件（PEM）", DocEN: "file of the certificate's key in PEM",
			set: func(c *Config, s string) error { c.TLSKey = s; return nil }},
		{Name: "GATEPOST_LOG_LEVEL", Default: "info", Doc: "日志级别：debug、info、warn、error", DocEN: "log level: debug, info, warn, error",
			set: func(c *Config, s string) error { c.LogLevel = s; return oneOf(s, "debug", "info", "warn", "error") }},
		{Name: "GATEPOST_LOG_FORMAT", Default: "text", Doc: "日志格式：text、json", DocEN: "log format: text, json",
			set: func(c *Config, s string) error { c.LogFormat = s; return oneOf(s, "text", "json") }},
		{Name: "GATEPOST_CALL_LOG_DAYS", Default: "7", Doc: "调用日志保留天数", DocEN: "days that calls stay in the request log",
			set: func(c *Config, s string) (err error) { c.CallDays, err = days(s, 1); return err }},
		{Name: "GATEPOST_EVENT_DAYS", Default: "7", Doc: "事件保留天数；尚待投递的保留到投递完成", DocEN: "days that events are kept; those that somebody has still to be told of stay until then",
			set: func(c *Config, s string) (err error) { c.EventDays, err = days(s, 1); return err }},
		{Name: "GATEPOST_EVENT_ATTEMPT_DAYS", Default: "7", Doc: "事件投递记录保留天数", DocEN: "days that tries to deliver events are kept",
			set: func(c *Config, s string) (err error) { c.TryDays, err = days(s, 1); return err }},
		{Name: "GATEPOST_EVENT_DEAD_DAYS", Default: "7", Doc: "投递失败的事件保留天数，至少 7", DocEN: "days that deliveries which were given up are kept, at least 7",
			set: func(c *Config, s string) (err error) { c.DeadDays, err = days(s, 7); return err }},
		{Name: "GATEPOST_EVENT_ROWS", Default: "10000000", Doc: "每个企业最多保留的事件数，超出时先清除最旧的", DocEN: "events of a company that are kept at most; the oldest go first",
			set: func(c *Config, s string) error {
				n, err := number(s, 1000, 1_000_000_000)
				c.EventRows = int64(n)
				return err
			}},
		{Name: "GATEPOST_ANSWERS", Default: "64", Doc: "记住读接口的应答所用的内存上限，MiB；0 不记", DocEN: "memory for remembered answers of reads, in MiB; 0 remembers none",
			set: func(c *Config, s string) error {
				n, err := number(s, 0, 65_536)
				c.Answers = int64(n) << 20
				return err
			}},
		{Name: "GATEPOST_ANSWER_AGE", Default: "0s", Doc: "使用 PostgreSQL 时，记住的应答最长可用多久，期间看不到其他节点的写入；0 不记。SQLite 下应答总是最新的，与此无关", DocEN: "on PostgreSQL, how old a remembered answer may be: for so long writes of other nodes may not be seen; 0 remembers none. On SQLite answers are never old, whatever this says",
			set: func(c *Config, s string) (err error) { c.AnswerAge, err = time.ParseDuration(s); return err }},
		{Name: "GATEPOST_CHANNEL_REKEY", Default: "1h", Doc: "客户端数据通道的会话密钥用多久就更换，1s 到 1h", DocEN: "the age at which session keys of the client data channel are replaced, 1s to 1h",
			set: func(c *Config, s string) (err error) { c.Rekey, err = between(s, time.Second, time.Hour); return err }},
		{Name: "GATEPOST_SHUTDOWN_DRAIN", Default: "0s", Doc: "停止时 /readyz 先失败多久才停止接受新调用；有负载均衡时设为其探测所需的时间", DocEN: "how long /readyz fails at shutdown before no new calls are taken; with a balancer the time its checks need",
			set: func(c *Config, s string) (err error) { c.Drain, err = time.ParseDuration(s); return err }},
		{Name: "GATEPOST_SHUTDOWN_GRACE", Default: "10s", Doc: "停止时等待进行中调用的最长时间", DocEN: "how long calls in progress may take at shutdown",
			set: func(c *Config, s string) (err error) { c.GraceLimit, err = time.ParseDuration(s); return err }},
	}
}

// Read makes a configuration: the first of the sources that has a name gives
// its value. Every wrong value is reported, not only the first.
func Read(sources ...func(name string) (string, bool)) (Config, error) {
	var c Config
	var wrong []error
	for _, o := range Options() {
		value := o.Default
		for _, source := range sources {
			if v, ok := source(o.Name); ok {
				value = v
				break
			}
		}
		if value == "" && o.Default == "" {
			continue
		}
		if err := o.set(&c, value); err != nil {
			shown := strconv.Quote(value)
			if o.Secret {
				shown = "***"
			}
			wrong = append(wrong, fmt.Errorf("%s=%s: %w", o.Name, shown, err))
		}
	}
	return c, errors.Join(append(wrong, c.together())...)
}

// together checks what options ask of each other.
func (c *Config) together() error {
	if files := c.TLSCert != "" && c.TLSKey != ""; c.TLS == TLSFiles && !files {
		return errors.New("GATEPOST_TLS=files: GATEPOST_TLS_CERT and GATEPOST_TLS_KEY are needed")
	}
	return nil
}

// File reads a file of NAME=value lines. Blank lines and lines that begin with #
// are skipped; a value may be in quotes. A name that is no option is an error:
// a typing mistake must not pass as silence.
func File(r io.Reader) (func(name string) (string, bool), error) {
	known := map[string]bool{}
	for _, o := range Options() {
		known[o.Name] = true
	}
	values := map[string]string{}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !ok || !known[name] {
			return nil, fmt.Errorf("line %d: %q is no option; gatepost config lists them", n, name)
		}
		if len(value) > 1 && (value[0] == '"' || value[0] == '\'') && value[len(value)-1] == value[0] {
			value = value[1 : len(value)-1]
		}
		values[name] = value
	}
	return func(name string) (string, bool) { v, ok := values[name]; return v, ok }, lines.Err()
}

// Print writes a file that File reads: every option with its doc, commented out
// where it has its default.
func Print(w io.Writer, value func(name string) (string, bool)) error {
	for _, o := range Options() {
		line := "# " + o.Name + "=" + o.Default
		if v, ok := value(o.Name); ok {
			if o.Secret && v != "" {
				v = Secret(v).String()
			}
			line = o.Name + "=" + v
		}
		if _, err := fmt.Fprintf(w, "# %s\n# %s\n%s\n\n", o.Doc, o.DocEN, line); err != nil {
			return err
		}
	}
	return nil
}

func address(s string) error {
	if _, err := netip.ParseAddrPort(s); err == nil {
		return nil
	}
	host, port, ok := strings.Cut(s, ":")
	if _, err := number(port, 0, 65535); !ok || err != nil || strings.ContainsAny(host, "/ ") {
		return errors.New("want host:port, e.g. 127.0.0.1:8700")
	}
	return nil
}

func notEmpty(s string) error {
	if s == "" {
		return errors.New("must not be empty")
	}
	return nil
}

func scheme(s string, schemes ...string) error {
	u, err := url.Parse(s)
	if err == nil {
		err = oneOf(u.Scheme, schemes...)
	}
	if err != nil {
		return fmt.Errorf("want a URL that begins with %s://", schemes[0])
	}
	return nil
}

func oneOf(s string, allowed ...string) error {
	for _, a := range allowed {
		if s == a {
			return nil
		}
	}
	return fmt.Errorf("want one of %s", strings.Join(allowed, ", "))
}

func number(s string, least, most int) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("want a number from %d to %d", least, most)
	}
	return n, nil
}

func days(s string, least int) (time.Duration, error) {
	n, err := number(s, least, 3650)
	return time.Duration(n) * 24 * time.Hour, err
}

func between(s string, least, most time.Duration) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil || d < least || d > most {
		return 0, fmt.Errorf("want a duration from %s to %s, e.g. %s", least, most, most)
	}
	return d, nil
}

func prefixes(s string) (ps []netip.Prefix, err error) {
	for part := range strings.SplitSeq(s, ",") {
		part = strings.TrimSpace(part)
		p, err := netip.ParsePrefix(part)
		if err != nil {
			a, aerr := netip.ParseAddr(part)
			if aerr != nil {
				return nil, fmt.Errorf("%q is neither an address nor a CIDR", part)
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		ps = append(ps, p)
	}
	return ps, nil
}
