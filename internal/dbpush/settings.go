package dbpush

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net"
	"regexp"
	"strconv"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
)

// Engine is a kind of database.
type Engine string

// The engines. MariaDB is MySQL.
const (
	MySQL    Engine = "mysql"
	Postgres Engine = "postgres"
)

// Settings say where rows are written. The password is not among them: it is the
// subscription's secret.
type Settings struct {
	Engine     Engine `json:"engine"`
	Address    string `json:"address"` // host:port
	Database   string `json:"database"`
	Schema     string `json:"schema,omitempty"` // of PostgreSQL
	User       string `json:"user"`
	TLS        string `json:"tls"`          // TLSVerify or TLSOff
	CA         string `json:"ca,omitempty"` // PEM: who vouches for the server, instead of the system's authorities
	Subscriber string `json:"subscriber"`   // the rows' subscribe_id
}

// What is asked of the connection.
const (
	TLSVerify = "verify" // encrypted, to the server whose name is in the address
	TLSOff    = "off"
)

// subscriber is the subscribe_id of an application: its number with the suffix
// that readers expect (rds-push.md §1).
func subscriber(agent id.Agent) string { return strconv.FormatInt(int64(agent), 10) + "_0" }

// settingsOf reads what Settings.text wrote.
func settingsOf(s *event.Subscription) (Settings, error) {
	var c Settings
	if err := json.Unmarshal([]byte(s.Settings), &c); err != nil {
		return c, fmt.Errorf("dbpush: settings of subscription %d of %s: %w", s.ID, s.Corp, err)
	}
	return c, nil
}

func (s *Settings) text() (string, error) {
	b, err := json.Marshal(s)
	return string(b), err
}

// target is where rows go, for people to read.
func (s *Settings) target() string {
	t := string(s.Engine) + "://" + s.Address + "/" + s.Database
	if s.Schema != "" {
		t += "?schema=" + s.Schema
	}
	return t
}

// check refuses settings that can be no database's, and fills in what follows
// from others.
func (s *Settings) check() error {
	host, port, err := net.SplitHostPort(s.Address)
	if n, numeric := strconv.ParseUint(port, 10, 16); err != nil || host == "" || numeric != nil || n == 0 {
		return apierror.ParameterInvalid.With("name", "address").About("address").Want("主机:端口，如 db.example.com:3306").Got("%s", s.Address)
	}
	if s.Engine == Postgres && s.Schema == "" {
		s.Schema = "public"
	}
	if s.Engine == MySQL && s.Schema != "" {
		return apierror.ParameterInvalid.With("name", "schema").About("schema").Want("仅 PostgreSQL 有 schema；MySQL 的库名写在 database").Got("%s", s.Schema)
	}
	if s.Schema != "" && !regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_$]{0,62}$`).MatchString(s.Schema) {
		return apierror.ParameterInvalid.With("name", "schema").About("schema").Want("字母或下划线开头的名称").Got("%s", s.Schema)
	}
	if s.CA != "" && !x509.NewCertPool().AppendCertsFromPEM([]byte(s.CA)) {
		return apierror.ParameterInvalid.With("name", "ca").About("ca").Want("PEM 格式的证书").Got("%d 字节", len(s.CA))
	}
	return nil
}

// tls is how the connection is encrypted; nil: not at all.
func (s *Settings) tls() *tls.Config {
	if s.TLS == TLSOff {
		return nil
	}
	host, _, _ := net.SplitHostPort(s.Address) // as check found it
	c := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if s.CA != "" {
		c.RootCAs = x509.NewCertPool()
		c.RootCAs.AppendCertsFromPEM([]byte(s.CA))
	}
	return c
}
