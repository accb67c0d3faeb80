// Loaded into Node by gatepost exec where it cannot redirect connections below
// the program. A line before this one defines `gatepost`:
// { names, sentinel, ports: { 443: …, 80: … } }.
'use strict';
{
  const dns = require('node:dns');
  const net = require('node:net');
  const { names, sentinel, ports } = gatepost;

  const isName = (host) => typeof host === 'string' && names.includes(host.toLowerCase().replace(/\.$/, ''));

  // Programs that look names up first come back with the sentinel.
  const lookup = dns.lookup;
  dns.lookup = function (host, options, callback) {
    return lookup.call(this, isName(host) ? sentinel : host, options, callback);
  };
  const promised = dns.promises.lookup;
  dns.promises.lookup = function (host, options) {
    return promised.call(this, isName(host) ? sentinel : host, options);
  };

  // Every TCP connection of Node, tls.connect and fetch included, begins here.
  // TLS has taken note of the name before, so that it is still what the
  // certificate is checked against.
  const redirect = (options) => {
    if (options === null || typeof options !== 'object' || options.path) return options;
    const port = ports[options.port];
    if (!port || !(isName(options.host) || options.host === sentinel)) return options;
    const copy = Object.assign(Object.create(Object.getPrototypeOf(options)), options);
    copy.host = '127.0.0.1';
    copy.port = port;
    delete copy.lookup;
    return copy;
  };
  const connect = net.Socket.prototype.connect;
  net.Socket.prototype.connect = function (...args) {
    if (Array.isArray(args[0])) {
      args[0][0] = redirect(args[0][0]); // arguments net.connect has normalized, in a marked array of its own
    } else if (args[0] !== null && typeof args[0] === 'object') {
      args[0] = redirect(args[0]);
    } else if (typeof args[1] === 'string') {
      const { host, port } = redirect({ host: args[1], port: args[0] });
      args[0] = port;
      args[1] = host;
    }
    return connect.apply(this, args);
  };
}
