-- Corps, their departments and their people.

CREATE TABLE corps (
	corp       TEXT    NOT NULL,
	name       TEXT    NOT NULL,
	sandbox    BOOLEAN NOT NULL,
	demo       BOOLEAN NOT NULL,
	state      TEXT    NOT NULL, -- active, disabled
	industry   TEXT    NOT NULL,
	auth_level BIGINT  NOT NULL, -- 0 not certified, 1 high, 2 middle
	created_at BIGINT  NOT NULL,
	PRIMARY KEY (corp)
);

CREATE TABLE departments (
	corp               TEXT    NOT NULL,
	id                 BIGINT  NOT NULL,
	parent             BIGINT  NOT NULL, -- 0 for the root
	name               TEXT    NOT NULL,
	path               TEXT    NOT NULL, -- ids from the root down to this one: /1/12/34/
	depth              BIGINT  NOT NULL, -- 1 for the root
	sort               BIGINT  NOT NULL, -- small first
	hidden             BOOLEAN NOT NULL,
	outer_dept         BOOLEAN NOT NULL,
	outer_only_self    BOOLEAN NOT NULL,
	create_group       BOOLEAN NOT NULL,
	auto_add_user      BOOLEAN NOT NULL,
	auto_approve       BOOLEAN NOT NULL,
	group_sub_depts    BOOLEAN NOT NULL,
	group_hidden_depts BOOLEAN NOT NULL,
	group_outer_depts  BOOLEAN NOT NULL,
	group_owner        TEXT    NOT NULL, -- userid
	group_chat         TEXT    NOT NULL, -- chatid
	brief              TEXT    NOT NULL,
	telephone          TEXT    NOT NULL,
	code               TEXT    NOT NULL,
	source             TEXT    NOT NULL, -- the caller's own key
	extension          TEXT    NOT NULL,
	dept_permits       TEXT    NOT NULL, -- JSON list of ids: who sees it although it is hidden
	user_permits       TEXT    NOT NULL,
	outer_dept_permits TEXT    NOT NULL, -- JSON list of ids: what its members see although it is an outer one
	outer_user_permits TEXT    NOT NULL,
	created_at         BIGINT  NOT NULL,
	modified_at        BIGINT  NOT NULL,
	PRIMARY KEY (corp, id)
);
CREATE UNIQUE INDEX departments_name ON departments (corp, parent, name);
CREATE INDEX departments_order ON departments (corp, parent, sort, id);
CREATE INDEX departments_path ON departments (corp, path);

CREATE TABLE people (
	corp           TEXT    NOT NULL,
	userid         TEXT    NOT NULL,
	unionid        TEXT    NOT NULL,
	name           TEXT    NOT NULL,
	mobile         TEXT    NOT NULL, -- without country code
	state_code     TEXT    NOT NULL, -- country code without plus
	email          TEXT    NOT NULL,
	org_email      TEXT    NOT NULL,
	org_email_type TEXT    NOT NULL,
	telephone      TEXT    NOT NULL, -- extension number
	job_number     TEXT    NOT NULL,
	title          TEXT    NOT NULL,
	work_place     TEXT    NOT NULL,
	remark         TEXT    NOT NULL,
	avatar         TEXT    NOT NULL,
	manager        TEXT    NOT NULL, -- userid
	hired_at       BIGINT  NOT NULL, -- 0: not told
	extension      TEXT    NOT NULL, -- JSON object of strings, or empty
	extension_i18n TEXT    NOT NULL, -- JSON object, or empty
	login_id       TEXT    NOT NULL,
	login_email    TEXT    NOT NULL,
	exclusive      BOOLEAN NOT NULL, -- an account that belongs to the corp
	exclusive_type TEXT    NOT NULL,
	active         BOOLEAN NOT NULL,
	boss           BOOLEAN NOT NULL,
	senior         BOOLEAN NOT NULL,
	hide_mobile    BOOLEAN NOT NULL,
	state          TEXT    NOT NULL, -- employed, left
	created_at     BIGINT  NOT NULL,
	modified_at    BIGINT  NOT NULL,
	left_at        BIGINT  NOT NULL, -- 0 while employed
	PRIMARY KEY (corp, userid)
);
CREATE UNIQUE INDEX people_mobile ON people (corp, state_code, mobile) WHERE state = 'employed' AND mobile <> '';
CREATE UNIQUE INDEX people_email ON people (corp, email) WHERE state = 'employed' AND email <> '';
CREATE UNIQUE INDEX people_telephone ON people (corp, telephone) WHERE state = 'employed' AND telephone <> '';
CREATE UNIQUE INDEX people_union ON people (corp, unionid) WHERE state = 'employed';
-- Not (corp, state, …): nearly everybody is employed, and such an index draws queries away from the key.
CREATE INDEX people_active ON people (corp, userid) WHERE state = 'employed' AND active;
CREATE INDEX people_manager ON people (corp, manager) WHERE manager <> '';
-- One natural person has one unionid in all corps, found by the number.
CREATE INDEX people_everywhere ON people (mobile, state_code);

-- Who is in which department. The two times are here, too, so that every order in which members are listed is that of an
-- index.
CREATE TABLE memberships (
	corp        TEXT    NOT NULL,
	dept        BIGINT  NOT NULL,
	userid      TEXT    NOT NULL,
	sort        BIGINT  NOT NULL, -- large first
	leader      BOOLEAN NOT NULL,
	title       TEXT    NOT NULL,
	work_place  TEXT    NOT NULL,
	is_main     BOOLEAN NOT NULL,
	joined_at   BIGINT  NOT NULL, -- the department
	modified_at BIGINT  NOT NULL, -- of the person
	PRIMARY KEY (corp, dept, userid)
);
CREATE INDEX memberships_user ON memberships (corp, userid);
CREATE INDEX memberships_custom ON memberships (corp, dept, sort DESC, userid);
CREATE INDEX memberships_entry ON memberships (corp, dept, joined_at, userid);
CREATE INDEX memberships_modify ON memberships (corp, dept, modified_at, userid);
CREATE INDEX memberships_leader ON memberships (corp, dept, userid) WHERE leader;

-- What a person is found by: the ends of the name from each character, of its pinyin from each syllable, of its initials
-- and the job number, in lower case. A search is a range of terms.
CREATE TABLE person_terms (
	corp   TEXT   NOT NULL,
	term   TEXT   NOT NULL,
	userid TEXT   NOT NULL,
	place  BIGINT NOT NULL, -- characters or syllables left out before it; 0 ranks first
	PRIMARY KEY (corp, term, userid, place)
);
CREATE INDEX person_terms_user ON person_terms (corp, userid);

CREATE TABLE department_terms (
	corp  TEXT   NOT NULL,
	term  TEXT   NOT NULL,
	dept  BIGINT NOT NULL,
	place BIGINT NOT NULL,
	PRIMARY KEY (corp, term, dept, place)
);
CREATE INDEX department_terms_dept ON department_terms (corp, dept);

-- Prefixes are ranges of bytes, whatever the database's collation is.
-- only: postgres
ALTER TABLE departments ALTER COLUMN path TYPE TEXT COLLATE "C";
-- only: postgres
ALTER TABLE person_terms ALTER COLUMN term TYPE TEXT COLLATE "C";
-- only: postgres
ALTER TABLE department_terms ALTER COLUMN term TYPE TEXT COLLATE "C";
