using DnsFailover.Configuration.Schema;
using DnsFailover.Providers;

namespace DnsFailover.Tests.Configuration;

public sealed class Mistakes_in_one_value
{
    private const string Check = "check: {type: https, path: /healthz}";

    [Theory]
    [InlineData("10", "9:15: interval: '10' has no unit; expected a duration from 100ms to 1h, such as 10s or 1m30s; did you mean '10s'?")]
    [InlineData("10 seconds", "9:15: interval: '10 seconds' is no duration (units are d, h, m, s and ms, larger ones first); expected a duration from 100ms to 1h, such as 10s or 1m30s; did you mean '10s'?")]
    [InlineData("-5s", "9:15: interval: '-5s' is no duration (units are d, h, m, s and ms, larger ones first); expected a duration from 100ms to 1h, such as 10s or 1m30s")]
    [InlineData("5s1m", "9:15: interval: '5s1m' is no duration (units are d, h, m, s and ms, larger ones first); expected a duration from 100ms to 1h, such as 10s or 1m30s")]
    [InlineData("99999999999999999999s", "9:15: interval: '99999999999999999999s' is no duration (units are d, h, m, s and ms, larger ones first); expected a duration from 100ms to 1h, such as 10s or 1m30s")]
    [InlineData("50ms", "9:15: interval: '50ms' is too short; expected a duration from 100ms to 1h, such as 10s or 1m30s")]
    [InlineData("2h", "9:15: interval: '2h' is too long; expected a duration from 100ms to 1h, such as 10s or 1m30s")]
    [InlineData("", "9:14: interval: nothing is written behind the colon; expected a duration from 100ms to 1h, such as 10s or 1m30s")]
    [InlineData("~", "9:15: interval: nothing is written behind the colon; expected a duration from 100ms to 1h, such as 10s or 1m30s")]
    [InlineData("[10s]", "9:15: interval: a list is written here; expected a duration from 100ms to 1h, such as 10s or 1m30s")]
    [InlineData("{s: 10}", "9:15: interval: a map is written here; expected a duration from 100ms to 1h, such as 10s or 1m30s")]
    public void Durations(string value, string problem) => Service($"interval: {value}", problem);

    [Theory]
    [InlineData("rise: 0", "9:11: rise: '0' is out of range; expected a whole number from 1 to 100")]
    [InlineData("fall: 101", "9:11: fall: '101' is out of range; expected a whole number from 1 to 100")]
    [InlineData("fall: three", "9:11: fall: 'three' is no whole number; expected a whole number from 1 to 100")]
    [InlineData("window: {failures: 5, of: 65}", "9:31: of: '65' is out of range; expected a whole number from 1 to 64")]
    [InlineData("window: {failures: 6, of: 5}", "9:24: failures: 6 failures among 5 observations cannot happen; expected at most 5")]
    [InlineData("window: {failures: 6}", "9:13: window has no 'of'; expected a whole number from 1 to 64")]
    [InlineData("window: 5", "9:13: window: a single value is written here; expected a map with the keys failures and of")]
    [InlineData("adopt: yes", "9:12: adopt: 'yes' is neither; expected true or false; did you mean 'true'?")]
    [InlineData("policy: wieghted", "9:13: policy: 'wieghted' is not known; expected failover, multivalue or weighted; did you mean 'weighted'?")]
    [InlineData("onAllDown: serve", "9:16: onAllDown: 'serve' is not known; expected keep, primary or all")]
    [InlineData("failback: manuel", "9:15: failback: 'manuel' is not known; expected auto, manual or approve; did you mean 'manual'?")]
    [InlineData("failback: {delay: 5}", "9:23: delay: '5' has no unit; expected a duration from 0s to 7d, such as 10s or 1m30s; did you mean '5s'?")]
    [InlineData("failback: {flapWindow: 2d}", "9:28: flapWindow: '2d' is too long; expected a duration from 0s to 1d, such as 10s or 1m30s")]
    [InlineData("switchesPerHour: 0", "9:22: switchesPerHour: '0' is out of range; expected a whole number from 1 to 60, or off")]
    [InlineData("switchesPerHour: none", "9:22: switchesPerHour: 'none' is no whole number; expected a whole number from 1 to 60, or off")]
    [InlineData("importance: 1001", "9:17: importance: '1001' is out of range; expected a whole number from 0 to 1000")]
    [InlineData("ttl: 1500ms", "9:10: ttl: '1500ms' is not in whole seconds; expected a duration from 0s to 1d, such as 10s or 1m30s")]
    [InlineData("ttl: 60", "9:10: ttl: '60' has no unit; expected a duration from 0s to 1d, such as 10s or 1m30s; did you mean '60s'?")]
    public void Keys_of_a_service(string line, string problem) => Service(line, problem);

    [Theory]
    [InlineData("{type: htps}", "9:19: type: 'htps' is not known; expected http, https, tcp or tls; did you mean 'https'?")]
    [InlineData("{type: https, path: healthz}", "9:32: path: 'healthz' does not begin with '/'; expected a path such as /healthz; did you mean '/healthz'?")]
    [InlineData("{type: https, path: 'https://api.example.com/x'}", "9:32: path: 'https://api.example.com/x' is a whole address; its parts go into 'type', 'host', 'port' and 'path'; expected a path such as /healthz")]
    [InlineData("{type: https, path: '/a b'}", "9:32: path: '/a b' has a space, a '#' or another character that must be percent-encoded; expected a path such as /healthz")]
    [InlineData("{type: https, port: 0}", "9:32: port: '0' is out of range; expected a whole number from 1 to 65535")]
    [InlineData("{type: https, host: -x}", "9:32: host: '-x' is not a host name: '-x' begins or ends with a hyphen; expected a host name such as api.example.com")]
    [InlineData("{type: https, method: PUT}", "9:34: method: 'PUT' is not known; expected GET, HEAD, OPTIONS or POST")]
    [InlineData("{type: https, status: 2xx}", "9:34: status: '2xx' is no status from 100 to 599; expected a status such as 204 or 200-299; did you mean '200-299'?")]
    [InlineData("{type: https, status: [200, 299-200]}", "9:40: status: '299-200' ends before it begins; expected a status such as 204 or 200-299; did you mean '200-299'?")]
    [InlineData("{type: https, status: 600}", "9:34: status: '600' is no status from 100 to 599; expected a status such as 204 or 200-299")]
    [InlineData("{type: https, bodyMatches: '('}", "9:39: bodyMatches: '(' is not a regular expression: InsufficientClosingParentheses at character 1; expected a regular expression without look-around and back-references")]
    [InlineData("{type: https, bodyMatches: '(?=ok)'}", "9:39: bodyMatches: '(?=ok)' cannot be matched in linear time, or is too long; expected a regular expression without look-around and back-references")]
    [InlineData("{type: https, bodyContains: ''}", "9:40: bodyContains: '' is empty; expected a text")]
    [InlineData("{type: https, bodyJson: {path: $.a b, equals: ok}}", "9:43: path: '$.a b' is no path of names and indices; expected a path such as $.status or checks[0].ok")]
    [InlineData("{type: https, bodyJson: {path: $.a}}", "9:36: bodyJson has no 'equals'; expected a text")]
    [InlineData("{type: https, maxBody: 4096}", "9:35: maxBody: '4096' has no unit; expected a size from 1KiB to 16MiB, such as 256KiB; did you mean '4096B'?")]
    [InlineData("{type: https, maxBody: 64KB}", "9:35: maxBody: '64KB' is no size (units are B, KiB and MiB); expected a size from 1KiB to 16MiB, such as 256KiB; did you mean '64KiB'?")]
    [InlineData("{type: https, maxBody: 1GiB}", "9:35: maxBody: '1GiB' is no size (units are B, KiB and MiB); expected a size from 1KiB to 16MiB, such as 256KiB")]
    [InlineData("{type: https, maxRedirects: 11}", "9:40: maxRedirects: '11' is out of range; expected a whole number from 0 to 10")]
    [InlineData("{type: https, latencyLimit: 800}", "9:40: latencyLimit: '800' has no unit; expected a duration from 1ms to 10m, such as 10s or 1m30s; did you mean '800ms'?")]
    [InlineData("{type: https, family: v6}", "9:34: family: 'v6' is not known; expected auto, ipv4 or ipv6")]
    [InlineData("{type: https, trustedRoots: roots.pem}", "9:40: trustedRoots: 'roots.pem' cannot be used: the file does not exist; expected a PEM file with certificates")]
    [InlineData("{type: https, headers: {Host: x}}", "9:36: headers: 'Host' is set by the key 'host' of the check; expected it there")]
    [InlineData("{type: https, headers: {X Y: x}}", "9:36: headers: 'X Y' is not the name of a header; expected letters, digits and '-'")]
    [InlineData("{type: https, headers: {X-A: x, x-a: y}}", "9:44: headers: 'x-a' is written twice; names that differ in case only are the same")]
    [InlineData("{type: https, timeout: 5s}", "9:26: 'timeout' is not a key of check; expected it beside 'check' in an endpoint, a service or defaults")]
    [InlineData("{type: https, pth: /x}", "9:26: unknown key 'pth' in check; did you mean 'path'?")]
    [InlineData("{path: /x}", "9:12: the check has no 'type'; expected http, https, tcp or tls here or where it is inherited from")]
    [InlineData("{type: tcp}", "9:12: a check of type tcp has no 'port'; expected a whole number from 1 to 65535")]
    [InlineData("{type: tcp, port: 25, path: /x}", "9:40: path: a check of type tcp does not have this key; expected type, port, latencyLimit or family")]
    [InlineData("{type: https, method: HEAD, bodyContains: ok}", "9:34: bodyContains: the answer to HEAD has no body; expected the method GET, or no 'bodyContains'")]
    [InlineData("{type: https, latencyLimit: 3s}", "9:40: latencyLimit: 3s is not shorter than the default timeout of 3s, so it would never count; expected a shorter one, or a longer timeout")]
    [InlineData("web", "9:12: check: there is no check 'web'; expected an entry of that name in 'checks', or a map")]
    [InlineData("[tcp]", "9:12: check: a list is written here; expected a map with the keys use, type, port, host, path, method, headers, status, bodyContains, bodyMatches, bodyJson, maxBody, maxRedirects, latencyLimit, minCertificateDays, trustedRoots and family")]
    public void Keys_of_a_check(string check, string problem) =>
        Assert.Equal($"failover.yaml:{problem}", Yaml.OnlyProblem(Yaml.With(Check, $"check: {check}")));

    [Theory]
    [InlineData("192.0.2.300", "'192.0.2.300' is no address")]
    [InlineData("192.0.2", "'192.0.2' is no address")]
    [InlineData("192.000.002.010", "'192.000.002.010' is no address")]
    [InlineData("0.0.0.0", "'0.0.0.0' is not the address of one machine")]
    [InlineData("224.0.0.1", "'224.0.0.1' is not the address of one machine")]
    [InlineData("fe80::1%eth0", "'fe80::1%eth0' has a zone, which a DNS record cannot hold")]
    [InlineData("a.up.railway.app", "'a.up.railway.app' is a host name, which belongs into 'cname'")]
    public void Addresses(string address, string problem) =>
        Assert.Equal($"failover.yaml:11:37: addresses: {problem}; expected an IPv4 or IPv6 address such as 192.0.2.10 or 2001:db8::10", Yaml.OnlyProblem(Yaml.With("192.0.2.10", address)));

    [Theory]
    [InlineData("192.0.2.10:443", "192.0.2.10", "has a port, which belongs into the check")]
    [InlineData("'::ffff:192.0.2.10'", "192.0.2.10", "is an IPv4 address in IPv6 spelling")]
    public void Addresses_that_are_nearly_right_are_suggested(string address, string meant, string problem) =>
        Assert.Equal($"failover.yaml:11:37: addresses: '{address.Trim('\'')}' {problem}; expected an IPv4 or IPv6 address such as 192.0.2.10 or 2001:db8::10; did you mean '{meant}'?", Yaml.OnlyProblem(Yaml.With("192.0.2.10", address)));

    [Theory]
    [InlineData("addresses: [192.0.2.10]", "addresses: 192.0.2.10", "11:36: addresses: a single value is written here; expected a list of addresses; did you mean '[192.0.2.10]'?")]
    [InlineData("addresses: [192.0.2.10]", "addresses: []", "11:36: addresses: the list is empty; expected at least one")]
    [InlineData("addresses: [192.0.2.10]", "adresses: [192.0.2.10]", "11:25: unknown key 'adresses' in endpoint 'railway'; did you mean 'addresses'?")]
    [InlineData("name: railway", "name: rail way", "11:16: name: 'rail way' has characters other than letters, digits, '-', '_' and '.'; expected a name of letters, digits, '-', '_' and '.'")]
    [InlineData("{name: railway, ", "{", "11:9: endpoint has no 'name'; expected a name of letters, digits, '-', '_' and '.'")]
    [InlineData("addresses: [192.0.2.10]}", "addresses: [192.0.2.10], priority: -1}", "11:60: priority: '-1' is out of range; expected a whole number from 0 to 10000")]
    [InlineData("name: api.example.com", "name: api..example.com", "8:11: name: 'api..example.com' is not a host name: each part between dots has 1 to 63 characters; expected a host name such as api.example.com")]
    [InlineData("- name: api.example.com\n    check", "- check", "8:5: service has no 'name'; expected a host name such as api.example.com")]
    [InlineData("services:", "service:", "7:1: unknown key 'service' in failover.yaml; did you mean 'services'?")]
    [InlineData("type: rfc2136", "type: rfc2163", "3:11: type: 'rfc2163' is not known; expected {providers}; did you mean 'rfc2136'?")]
    [InlineData("type: rfc2136\n    ", "", "3:5: provider 'bind' has no 'type'; expected {providers}")]
    [InlineData("server: 192.0.2.53", "server: 192.0.2.530", "4:13: server: '192.0.2.530' is neither; expected a host name or an address, with an optional port, such as 192.0.2.53 or ns1.example.com:5353")]
    [InlineData("server: 192.0.2.53", "server: 192.0.2.53:0", "4:13: server: '192.0.2.53:0' has no valid port; expected a host name or an address, with an optional port, such as 192.0.2.53 or ns1.example.com:5353")]
    [InlineData("server: 192.0.2.53", "server: 192.0.2.53:5353\n    port: 53", "5:11: port: the port stands in 'server' too (5353); expected it in one place")]
    [InlineData("server: 192.0.2.53", "server: 192.0.2.53\n    nameServers: [ns1.example.com]", "5:19: nameServers: 'ns1.example.com' has no valid address; expected an address with an optional port, such as 192.0.2.53, 192.0.2.53:53 or [2001:db8::53]:53")]
    [InlineData("zone: example.com", "zone: example.com\n    timout: 5s", "6:5: unknown key 'timout' in rfc2136 provider 'bind'; did you mean 'timeout'?")]
    [InlineData("name: failover, ", "name: failover, algorithm: hmac-md5, ", "6:39: algorithm: 'hmac-md5' is not known; expected hmac-sha256 or hmac-sha512")]
    [InlineData("bind:\n", "b ind:\n", "2:3: providers: 'b ind' has characters other than letters, digits, '-', '_' and '.'")]
    public void Elsewhere(string old, string replacement, string problem)
    {
        var problems = Yaml.Parse(Yaml.With(old, replacement)).Errors.Select(error => error.ToString()).ToList();

        Assert.Contains($"failover.yaml:{problem.Replace("{providers}", Providers, StringComparison.Ordinal)}", problems);
    }

    /// <summary>Every kind of provider there is.</summary>
    private static string Providers => Section.List(ProviderTable.Kinds.Select(kind => kind.Type), "or");

    private static void Service(string line, string problem) =>
        Assert.Equal($"failover.yaml:{problem}", Yaml.OnlyProblem(Yaml.With(Check, $"{line}\n    {Check}")));
}
