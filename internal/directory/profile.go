package directory

import (
	"errors"
	"regexp"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

const (
	mainland = "86"

	// mostDepartments is how many departments one person can be in.
	mostDepartments = 100
)

var (
	mobileMainland = regexp.MustCompile(`^1\d{10}$`)
	mobileAbroad   = regexp.MustCompile(`^\+(\d{1,4})-?(\d{5,14})$`)
	emailForm      = regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[^@\s]+$`)
	userForm       = regexp.MustCompile(`^[A-Za-z0-9_\-@.]{1,64}$`)
)

// splitMobile reads a number as callers write it. Numbers outside the mainland
// are +, country code, hyphen, number; the mainland may be written so, too.
func splitMobile(s string) (code, number string, ok bool) {
	if mobileMainland.MatchString(s) {
		return mainland, s, true
	}
	code, number, found := strings.Cut(strings.TrimPrefix(s, "+"), "-")
	if !strings.HasPrefix(s, "+") || !found || !mobileAbroad.MatchString(s) {
		return "", "", false
	}
	return code, number, code != mainland || mobileMainland.MatchString(number)
}

// normal holds the profile to the rules that need no look at others, and splits
// its mobile number.
func (p *Profile) normal() error {
	if n := len([]rune(p.Name)); n > 80 || strings.TrimSpace(p.Name) == "" {
		return apierror.NameInvalid.Want("1–%d 个字符", 80).Got("%d", n)
	}
	if p.StateCode == "" {
		code, number, ok := splitMobile(p.Mobile)
		if !ok {
			return apierror.MobileInvalid.Want("11 位手机号，或 +xx-xxxxxxxx").Got("%s", p.Mobile).Personal()
		}
		p.StateCode, p.Mobile = code, number
	}
	for _, mail := range []string{p.Email, p.OrgEmail} {
		if mail != "" && !emailForm.MatchString(mail) {
			return apierror.EmailInvalid.Got("%s", mail).Personal()
		}
	}
	return nil
}

// unique refuses what another employee of the corp has. user is the profile's
// own, empty for one to be created.
func (p *Profile) unique(d *Directory, tx *store.Tx, corp id.Corp, user id.User) error {
	k, err := d.keys.In(tx, corp)
	if err != nil {
		return err
	}
	if err := free(tx, apierror.MobileExists, user, p.Mobile, mobileHolder, corp, k.Index(indexMobile, number(p.StateCode, p.Mobile))); err != nil {
		return err
	}
	if err := free(tx, apierror.EmailExists, user, p.Email, emailHolder, corp, k.Index(indexEmail, p.Email)); err != nil {
		return err
	}
	return free(tx, apierror.TelephoneExists, user, p.Telephone, telephoneHolder, corp, p.Telephone)
}

// free refuses a value that somebody else holds, who is found by it or by its
// index. An empty value is nobody's.
func free(tx *store.Tx, refusal *apierror.Error, user id.User, value string, q store.SQL, corp id.Corp, by string) error {
	if value == "" {
		return nil
	}
	switch holder, err := store.One(tx, q, scanUser, corp, by); {
	case errors.Is(err, store.ErrNone) || err == nil && holder == user:
		return nil
	case err != nil:
		return err
	default:
		return refusal.Got("%s（%s）", value, holder).Personal()
	}
}

// manager refuses a manager who is no employee of the corp, or the person itself.
func (p *Profile) manager(tx *store.Tx, corp id.Corp, user id.User) error {
	if p.Manager == "" {
		return nil
	}
	n, err := store.One(tx, countPerson, scanCount, corp, p.Manager)
	if err != nil {
		return err
	}
	if n == 0 || p.Manager == user {
		return apierror.ManagerInvalid.Want("本企业另一员工的 userid").Got("%s", p.Manager)
	}
	return nil
}

// validUser refuses a userid that is not of the form the platform promises.
func validUser(u id.User) error {
	if !userForm.MatchString(string(u)) {
		return apierror.UserInvalid.Want("1–64 个 A–Z a–z 0–9 _ - @ .").Got("%s", u)
	}
	return nil
}

// parseExtension reads attributes from JSON text; empty text has none.
func parseExtension(s string) (map[string]string, error) {
	if s == "" {
		return nil, nil
	}
	var m map[string]string
	if err := json.Unmarshal([]byte(s), &m); err != nil {
		return nil, apierror.ExtensionInvalid.Want(`{"名称":"值"}`).Got("%s", s).Personal().Because(err)
	}
	return m, nil
}

// extensionText is the attributes as JSON text, sorted by name; empty for none.
func extensionText(m map[string]string) string {
	if len(m) == 0 {
		return ""
	}
	b, err := json.Marshal(m, json.Deterministic(true))
	if err != nil { // strings are valid UTF-8: they came through the decoder
		return ""
	}
	return string(b)
}

const (
	mobileHolder    store.SQL = `SELECT userid FROM people WHERE corp = $1 AND mobile_index = $2 AND mobile_index <> '' AND state = 'employed'`
	emailHolder     store.SQL = `SELECT userid FROM people WHERE corp = $1 AND email_index = $2 AND email_index <> '' AND state = 'employed'`
	telephoneHolder store.SQL = `SELECT userid FROM people WHERE corp = $1 AND telephone = $2 AND telephone <> '' AND state = 'employed'`
	countPerson     store.SQL = `SELECT count(*) FROM people WHERE corp = $1 AND userid = $2 AND state = 'employed'`
)
