package dbpush

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"

	"github.com/go-sql-driver/mysql"

	"github.com/gatepost/gatepost/internal/apierror"
)

// trouble is what may be wrong with an application's database.
type trouble int

// The troubles. Of troubleNone to troubleOther on, the whole database is meant;
// the last ones are about single rows.
const (
	troubleNone trouble = iota // the server did not answer
	troubleAddress
	troubleTLS
	troubleLogin
	troubleDatabase
	troublePrivilege
	troubleTable
	troubleColumn
	troubleBusy
	troubleFull
	troubleReadOnly
	troubleHeld
	troubleDeadlock
	troubleOther
	troubleTooLarge
	troubleKey
	troubleValue
)

// ofRow reports whether other rows may be written nevertheless.
func (t trouble) ofRow() bool { return t >= troubleTooLarge }

// errLocked is the error of a lock that another writer did not give up in time.
var errLocked = errors.New("another writer of the same subscriber did not end in time")

// advice is what is wrong and how it is repaired.
type advice struct {
	name   string
	what   apierror.Words
	repair apierror.Words
}

func (t trouble) advice() advice { return troubleNames[t] }

var troubleNames = [...]advice{
	troubleNone: {"unreachable", apierror.Words{ZH: "数据库没有应答", EN: "the database does not answer"},
		apierror.Words{ZH: "检查地址、端口、防火墙，以及数据库是否在运行", EN: "check address, port and firewall, and that the database runs"}},
	troubleAddress: {"address", apierror.Words{ZH: "平台不允许连接该地址", EN: "the platform may not connect to this address"},
		apierror.Words{ZH: "使用公网地址，或请运营者放行该内网地址", EN: "use a public address, or ask the operator to allow the private one"}},
	troubleTLS: {"tls", apierror.Words{ZH: "加密连接未能建立", EN: "no encrypted connection could be made"},
		apierror.Words{ZH: "为数据库配置与地址相符的证书，用 ca 给出签发它的机构；仅在可信网络中才设 tls=off", EN: "give the database a certificate for the name in the address, and its authority as ca; set tls to off on a trusted network only"}},
	troubleLogin: {"login", apierror.Words{ZH: "账号或密码不正确，或不允许从平台登录", EN: "the account or its password is wrong, or it may not sign in from the platform"},
		apierror.Words{ZH: "核对账号与密码，并允许该账号从平台的地址登录", EN: "check user and password, and let the account sign in from the platform's address"}},
	troubleDatabase: {"database", apierror.Words{ZH: "没有这个库，或账号无权使用它", EN: "there is no such database, or the account may not use it"},
		apierror.Words{ZH: "建库、更正 database，或授予账号两张表的权限", EN: "create the database, correct its name, or grant the account the two tables"}},
	troublePrivilege: {"privilege", apierror.Words{ZH: "账号缺少权限", EN: "the account lacks a privilege"},
		apierror.Words{ZH: "授予两张表的 SELECT、INSERT、DELETE；gatepost events database check 给出语句", EN: "grant SELECT, INSERT and DELETE on the two tables; gatepost events database check prints the statements"}},
	troubleTable: {"table", apierror.Words{ZH: "缺少表", EN: "a table is missing"},
		apierror.Words{ZH: "建表；gatepost events database check 给出语句", EN: "create it; gatepost events database check prints the statements"}},
	troubleColumn: {"column", apierror.Words{ZH: "表的列与约定不符", EN: "a table has other columns than documented"},
		apierror.Words{ZH: "按约定改表；gatepost events database check 指出差异", EN: "alter it; gatepost events database check names the differences"}},
	troubleBusy: {"connections", apierror.Words{ZH: "数据库的连接数已满", EN: "the database has no connection left"},
		apierror.Words{ZH: "提高连接数上限；平台对每个订阅最多使用两个连接", EN: "raise its limit; the platform uses two at most for each subscription"}},
	troubleFull: {"full", apierror.Words{ZH: "数据库的存储空间已满", EN: "the database has no space left"},
		apierror.Words{ZH: "扩容，并删除已处理的行", EN: "give it more, and delete rows that were processed"}},
	troubleReadOnly: {"readonly", apierror.Words{ZH: "数据库处于只读状态", EN: "the database is read-only"},
		apierror.Words{ZH: "填写主库的地址，或解除只读", EN: "give the address of the primary, or end the read-only mode"}},
	troubleHeld: {"held", apierror.Words{ZH: "行或表被其他会话占用过久", EN: "rows are held by another session for too long"},
		apierror.Words{ZH: "缩短消费方的事务", EN: "make the transactions of whoever reads the tables shorter"}},
	troubleDeadlock: {"deadlock", apierror.Words{ZH: "与其他会话互相等待", EN: "the database ended it in favour of another session"},
		apierror.Words{ZH: "缩短消费方的事务", EN: "make the transactions of whoever reads the tables shorter"}},
	troubleOther: {"refused", apierror.Words{ZH: "数据库拒绝了语句", EN: "the database refused a statement"},
		apierror.Words{ZH: "按数据库的说明处理", EN: "see what the database says"}},
	troubleTooLarge: {"large", apierror.Words{ZH: "该行的内容超过列的容量", EN: "the row is larger than its column or a packet"},
		apierror.Words{ZH: "MySQL 的 TEXT 只容 65535 字节：把 biz_data 改为 MEDIUMTEXT，并检查 max_allowed_packet", EN: "TEXT of MySQL holds 65,535 bytes: make biz_data MEDIUMTEXT, and check max_allowed_packet"}},
	troubleKey: {"key", apierror.Words{ZH: "该行与另一行的唯一键冲突", EN: "another row has the same unique key"},
		apierror.Words{ZH: "biz_id 须区分大小写：把两张表的 biz_id 改为 utf8mb4_bin，并去掉多余的唯一键", EN: "biz_id has to tell cases apart: give it the collation utf8mb4_bin, and drop unique keys that are not documented"}},
	troubleValue: {"value", apierror.Words{ZH: "某列不能容纳该行的值", EN: "a column cannot hold a value of the row"},
		apierror.Words{ZH: "按约定改列的类型与字符集（utf8mb4）", EN: "give the columns the documented types and the character set utf8mb4"}},
}

// explained is what an error means.
func explained(d dialect, err error) trouble {
	if errors.Is(err, errLocked) {
		return troubleHeld
	}
	if t := d.explain(err); t != troubleNone {
		return t
	}
	if _, ok := forbidden(err); ok {
		return troubleAddress
	}
	if ofTLS(err) {
		return troubleTLS
	}
	return troubleNone
}

// ofTLS reports whether the two sides did not agree on encryption.
func ofTLS(err error) bool {
	if errors.Is(err, mysql.ErrNoTLS) || strings.Contains(err.Error(), "server refused TLS connection") {
		return true
	}
	_, certificate := errors.AsType[*tls.CertificateVerificationError](err)
	_, record := errors.AsType[tls.RecordHeaderError](err)
	_, alert := errors.AsType[tls.AlertError](err)
	return certificate || record || alert
}

// ForbiddenError is what a dial answers for an address that may not be called.
type ForbiddenError struct{ Why apierror.Words }

func (f *ForbiddenError) Error() string { return f.Why.EN }

func forbidden(err error) (*ForbiddenError, bool) { return errors.AsType[*ForbiddenError](err) }

// text is what is kept of a try that failed: what is wrong, as the server says
// it, and how it is repaired.
func (t trouble) text(err error) string {
	a := t.advice()
	return a.what.EN + " (" + short(err) + "): " + a.repair.EN
}

// short is the beginning of what an error says.
func short(err error) string {
	text := err.Error()
	if errors.Is(err, context.DeadlineExceeded) {
		text = "no answer in time"
	}
	if e, ok := errors.AsType[*net.OpError](err); ok && e.Err != nil {
		text = e.Err.Error()
	}
	runes := []rune(text)
	return string(runes[:min(len(runes), 200)])
}
