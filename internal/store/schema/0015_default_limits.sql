-- Default rules: where their number is from, and the one that the public platform states. A default has agent -1 for each
-- app, or operation '*' for each operation. The one here is a shadow: it counts and tells, and refuses nothing.
ALTER TABLE limit_rules ADD COLUMN source TEXT NOT NULL DEFAULT '';
INSERT INTO limit_rules (corp, id, level, agent, operation, op_group, span, most, shadow, created_at, created_by, changed_at, changed_by, source)
	VALUES ('', 'default', 2, -1, '*', '', 'second', 20, TRUE, 1795305600000, '', 1795305600000, '',
		'https://open.dingtalk.com/document/development/how-to-process-api-throttling-on-the-dingtalk-server');
