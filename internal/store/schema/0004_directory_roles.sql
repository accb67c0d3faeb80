-- Roles, administrators and external contacts of a corp.

CREATE TABLE role_groups (
	corp       TEXT    NOT NULL,
	id         BIGINT  NOT NULL,
	name       TEXT    NOT NULL,
	system     BOOLEAN NOT NULL, -- the default group, which every corp has and nobody edits
	created_at BIGINT  NOT NULL,
	PRIMARY KEY (corp, id)
);
CREATE UNIQUE INDEX role_groups_name ON role_groups (corp, name);

CREATE TABLE roles (
	corp       TEXT   NOT NULL,
	id         BIGINT NOT NULL,
	group_id   BIGINT NOT NULL,
	name       TEXT   NOT NULL,
	kind       BIGINT NOT NULL, -- 0: made by the corp; else the system role it is
	created_at BIGINT NOT NULL,
	PRIMARY KEY (corp, id)
);
CREATE UNIQUE INDEX roles_name ON roles (corp, group_id, name);

-- Who holds a role that the corp made. Who holds a system role follows from other facts and is not kept.
CREATE TABLE role_members (
	corp       TEXT   NOT NULL,
	role       BIGINT NOT NULL,
	userid     TEXT   NOT NULL,
	created_at BIGINT NOT NULL,
	PRIMARY KEY (corp, role, userid)
);
CREATE INDEX role_members_user ON role_members (corp, userid);

-- The departments over which a member holds a role; none means all.
CREATE TABLE role_scopes (
	corp   TEXT   NOT NULL,
	role   BIGINT NOT NULL,
	userid TEXT   NOT NULL,
	dept   BIGINT NOT NULL,
	PRIMARY KEY (corp, role, userid, dept)
);
CREATE INDEX role_scopes_user ON role_scopes (corp, userid);
CREATE INDEX role_scopes_dept ON role_scopes (corp, dept);

CREATE TABLE admins (
	corp   TEXT   NOT NULL,
	userid TEXT   NOT NULL,
	level  BIGINT NOT NULL, -- 1: main administrator, 2: sub-administrator
	PRIMARY KEY (corp, userid)
);

-- The departments of which a sub-administrator manages the directory.
CREATE TABLE admin_departments (
	corp   TEXT   NOT NULL,
	userid TEXT   NOT NULL,
	dept   BIGINT NOT NULL,
	PRIMARY KEY (corp, userid, dept)
);
CREATE INDEX admin_departments_dept ON admin_departments (corp, dept);

CREATE TABLE ext_label_groups (
	corp     TEXT   NOT NULL,
	id       BIGINT NOT NULL,
	name     TEXT   NOT NULL,
	color    BIGINT NOT NULL, -- ARGB as a signed 32-bit number, as clients draw it
	position BIGINT NOT NULL,
	PRIMARY KEY (corp, id)
);

CREATE TABLE ext_labels (
	corp     TEXT   NOT NULL,
	id       BIGINT NOT NULL,
	group_id BIGINT NOT NULL,
	name     TEXT   NOT NULL,
	position BIGINT NOT NULL,
	PRIMARY KEY (corp, id)
);
CREATE INDEX ext_labels_group ON ext_labels (corp, group_id, position);

CREATE TABLE ext_contacts (
	corp         TEXT   NOT NULL,
	userid       TEXT   NOT NULL,
	name         TEXT   NOT NULL,
	mobile       TEXT   NOT NULL, -- without country code
	state_code   TEXT   NOT NULL, -- country code without plus
	company_name TEXT   NOT NULL,
	title        TEXT   NOT NULL,
	address      TEXT   NOT NULL,
	remark       TEXT   NOT NULL,
	email        TEXT   NOT NULL,
	follower     TEXT   NOT NULL, -- userid of the employee who looks after the contact
	labels       TEXT   NOT NULL, -- JSON list of numbers
	share_depts  TEXT   NOT NULL, -- JSON list of numbers
	share_users  TEXT   NOT NULL, -- JSON list of strings
	created_at   BIGINT NOT NULL,
	PRIMARY KEY (corp, userid)
);
CREATE UNIQUE INDEX ext_contacts_mobile ON ext_contacts (corp, state_code, mobile);
CREATE INDEX ext_contacts_order ON ext_contacts (corp, created_at, userid);

-- Who holds the system's roles by being boss or leader.
CREATE INDEX people_boss ON people (corp, userid) WHERE boss;
CREATE INDEX memberships_leading ON memberships (corp, userid) WHERE leader;
