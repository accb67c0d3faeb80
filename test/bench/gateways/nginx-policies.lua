-- What Gatepost does to a call, as an OpenResty gateway would: route, token by HMAC, permission point, ten windows of
-- five rules charged all or nothing. (HMAC-SHA1 is the one that nginx has in C; SHA-256 costs about the same.)
local route = routes[ngx.var.uri]
if not route then return ngx.exit(404) end
local token = ngx.var.http_x_acs_dingtalk_access_token
if not token or #token < 40 then return ngx.exit(401) end
if #ngx.hmac_sha1(KEY, token:sub(1, 23)) ~= 20 then return ngx.exit(401) end
local app = token:sub(3, 8)
if not grants[route.scope] then return ngx.exit(403) end
ngx.var.app = app

local q, now = ngx.shared.windows, ngx.time()
local minute, day = math.floor(now / 60), math.floor(now / 86400)
local id, group = route.id, route.group
local keys = {
  app .. ":d:" .. day,
  "o" .. id .. ":s:" .. now, "o" .. id .. ":m:" .. minute, "o" .. id .. ":d:" .. day,
  app .. ":a:m:" .. minute, app .. ":a:d:" .. day,
  app .. ":" .. id .. ":m:" .. minute, app .. ":" .. id .. ":d:" .. day,
  app .. ":g" .. group .. ":m:" .. minute, app .. ":g" .. group .. ":d:" .. day,
}
for i = 1, #keys do
  local n = q:incr(keys[i], 1, 0, 90000)
  if not n or n > LIMIT then
    for j = 1, i do q:incr(keys[j], -1) end
    return ngx.exit(429)
  end
end
