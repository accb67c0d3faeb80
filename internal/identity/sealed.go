package identity

import (
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/keyring"
	"github.com/gatepost/gatepost/internal/store"
)

// sealedSecret is a corp's SSO secret as it is stored.
type sealedSecret struct {
	key    int64
	sealed []byte
}

// placeOf is where a corp's SSO secret stands.
func placeOf() keyring.Place {
	return keyring.Place{Table: "corp_secrets", Column: "sealed", Row: "sso"}
}

func (i *Identity) openSecret(tx *store.Tx, corp id.Corp, s sealedSecret) (string, error) {
	if s.key == 0 { // written by an older version, under the root key
		return i.keys.Root().Open(s.sealed, "sso:"+string(corp))
	}
	return i.keys.Open(tx, corp, s.key, placeOf(), s.sealed)
}

// sealSecret seals corp's SSO secret and stores it by q.
func (i *Identity) sealSecret(tx *store.Tx, q store.SQL, corp id.Corp, plain string) error {
	k, err := i.keys.In(tx, corp)
	if err != nil {
		return err
	}
	key, sealed := k.Seal(placeOf(), plain)
	_, err = tx.Exec(q, corp, sealed, key)
	return err
}

// SealedTable is the table of the corps' secrets.
func (i *Identity) SealedTable() keyring.Table { return sealedSecrets{i} }

type sealedSecrets struct{ i *Identity }

func (sealedSecrets) Name() string { return "corp_secrets" }

func (s sealedSecrets) Reseal(tx *store.Tx, corp id.Corp, key int64, most int) (int, error) {
	list, err := store.All(tx, olderSecrets, scanSealed, corp, key, most)
	if err != nil {
		return 0, err
	}
	for _, o := range list {
		plain, err := s.i.openSecret(tx, corp, o)
		if err == nil {
			err = s.i.sealSecret(tx, resealSecret, corp, plain)
		}
		if err != nil {
			return 0, err
		}
	}
	return len(list), nil
}

func (sealedSecrets) Older(tx *store.Tx, corp id.Corp, key int64) (older, all int64, err error) {
	n, err := store.One(tx, countSecretKeys, func(r store.Row) (n [2]int64, err error) { return n, r.Scan(&n[0], &n[1]) }, corp, key)
	return n[0], n[1], err
}

func scanSealed(r store.Row) (s sealedSecret, err error) {
	err = r.Scan(&s.sealed, &s.key)
	return s, err
}

const (
	selectSecret    store.SQL = `SELECT sealed, key_id FROM corp_secrets WHERE corp = $1 AND kind = 'sso'`
	insertSecret    store.SQL = `INSERT INTO corp_secrets (corp, kind, sealed, key_id) VALUES ($1, 'sso', $2, $3)`
	olderSecrets    store.SQL = `SELECT sealed, key_id FROM corp_secrets WHERE corp = $1 AND key_id < $2 LIMIT $3`
	resealSecret    store.SQL = `UPDATE corp_secrets SET sealed = $2, key_id = $3 WHERE corp = $1 AND kind = 'sso'`
	countSecretKeys store.SQL = `SELECT (SELECT count(*) FROM corp_secrets WHERE corp = $1 AND key_id < $2),
		(SELECT count(*) FROM corp_secrets WHERE corp = $1)`
)
