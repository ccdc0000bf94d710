using DnsFailover.Configuration;
using DnsFailover.Probing;
using DnsFailover.Providers.Rfc2136;

namespace DnsFailover.Tests.Configuration;

public sealed class Secrets_and_references
{
    private const string Reference = "\"${TSIG_SECRET}\"";

    [Fact]
    public void An_absent_variable_is_told_by_its_name() =>
        Assert.Equal("failover.yaml:6:36: secret: ${ABSENT}: the environment variable ABSENT is not set", Yaml.OnlyProblem(Yaml.With(Reference, "\"${ABSENT}\"")));

    [Fact]
    public void An_absent_file_is_told_by_its_path() =>
        Assert.Equal("failover.yaml:6:36: secret: ${file:/run/secrets/x}: the file does not exist", Yaml.OnlyProblem(Yaml.With(Reference, "\"${file:/run/secrets/x}\"")));

    [Theory]
    [InlineData("\"${\"", "'${' is not closed by '}'; write $${ for a plain ${")]
    [InlineData("\"${A:-b}\"", "'${A:-b}' is not a reference; expected ${NAME} or ${file:/path}, or $${ for a plain ${")]
    [InlineData("\"${}\"", "'${}' is not a reference; expected ${NAME} or ${file:/path}, or $${ for a plain ${")]
    [InlineData("\"${file:}\"", "'${file:}' names no file; expected ${file:/path}")]
    public void A_malformed_reference_is_told(string value, string problem) =>
        Assert.Equal($"failover.yaml:6:36: secret: {problem}", Yaml.OnlyProblem(Yaml.With(Reference, value)));

    [Fact]
    public void A_secret_is_looked_up_each_time_it_is_used()
    {
        var surroundings = new FakeSurroundings { Files = { ["/run/secrets/tsig"] = FakeSurroundings.TsigSecret + "\n" } };
        var options = (Rfc2136Options)Yaml.Valid(Yaml.With(Reference, "\"${file:/run/secrets/tsig}\""), surroundings).Providers["bind"].Options;

        Assert.Equal(FakeSurroundings.TsigSecret, options.Tsig!.Key.Reveal());

        surroundings.Files["/run/secrets/tsig"] = "cm90YXRlZA==\r\n";
        Assert.Equal("cm90YXRlZA==", options.Tsig.Key.Reveal());

        surroundings.Files.Clear();
        Assert.Equal("${file:/run/secrets/tsig}: the file does not exist", Assert.Throws<SecretUnavailableException>(options.Tsig.Key.Reveal).Message);
    }

    [Fact]
    public void References_work_in_the_middle_of_any_value_and_can_be_escaped()
    {
        var surroundings = new FakeSurroundings { Variables = { ["REGION"] = "eu", ["EVERY"] = "20" }, Files = { ["/x"] = "healthz\n" } };

        var text = Yaml.With("{type: https, path: /healthz}", "{type: https, path: \"/${file:/x}/a$$b\"}\n    interval: ${EVERY}s");
        var configuration = Yaml.Valid(text.Replace("api.", "api-${REGION}.", StringComparison.Ordinal), surroundings);

        Assert.Equal("api-eu.example.com", configuration.Services[0].Name.ToString());
        Assert.Equal(TimeSpan.FromSeconds(20), configuration.Services[0].Endpoints[0].Timing.Interval);
        Assert.Equal("/healthz/a$$b", Assert.IsType<HttpCheck>(configuration.Checks.Values.First()).Path);
    }

    [Fact]
    public void An_escaped_reference_is_plain_text()
    {
        var check = Yaml.Valid(Yaml.With("path: /healthz", "bodyContains: \"$${NAME}\"")).Checks.Values.First();

        Assert.Equal("${NAME}", Assert.IsType<HttpCheck>(check).BodyContains);
    }

    [Fact]
    public void A_secret_in_plain_text_is_allowed_with_a_warning() =>
        Assert.Equal(
            "failover.yaml:6:36: warning: secret: a secret stands in the file in plain text; expected a reference such as \"${NAME}\" or \"${file:/run/secrets/name}\"",
            Yaml.OnlyProblem(Yaml.With(Reference, FakeSurroundings.TsigSecret)));

    [Fact]
    public void A_credential_in_a_header_is_warned_of_and_other_headers_are_not() =>
        Assert.Equal(
            "failover.yaml:9:86: warning: Authorization: a secret stands in the file in plain text; expected a reference such as \"${NAME}\" or \"${file:/run/secrets/name}\"",
            Yaml.OnlyProblem(Yaml.With("path: /healthz}", "path: /healthz, headers: {X-Probe: failover, Authorization: Bearer abc}}")));

    [Fact]
    public void A_key_that_is_not_base64_is_told_without_showing_it()
    {
        var surroundings = new FakeSurroundings { Variables = { ["TSIG_SECRET"] = "not base64!" } };

        Assert.Equal("failover.yaml:6:36: secret: the value is not base64; expected the key in base64, as tsig-keygen prints it", Yaml.OnlyProblem(Yaml.Dozen, surroundings));
    }

    [Theory]
    [InlineData("slack: {webhook: \"${HOOK}\"}", "hooks.slack.com/x", "webhook: the value is not an http or https address; expected an incoming webhook's address such as https://hooks.slack.com/services/…")]
    [InlineData("slack: {webhook: \"${HOOK}\"}", "", "webhook: the value is empty; expected an incoming webhook's address such as https://hooks.slack.com/services/…")]
    [InlineData("ops: {type: webhook, url: https://example.com, headers: {X-Key: \"${HOOK}\"}}", "a\nb", "X-Key: the value has a line break or another control character; expected a header value in one line")]
    public void An_unusable_secret_is_told_without_showing_it(string channel, string value, string problem)
    {
        var surroundings = new FakeSurroundings { Variables = { ["HOOK"] = value } };

        Assert.EndsWith(problem, Yaml.OnlyProblem($"{Yaml.Dozen}notifications:\n  {channel}\n", surroundings), StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_value_a_reference_stands_in_for_no_message_shows_it()
    {
        const string secret = "s3cr3t-Value";
        var surroundings = new FakeSurroundings { Variables = { ["S"] = secret } };
        var text = File.ReadAllText(Repository.Path("config", "failover.builtin.yaml"));
        var places = System.Text.RegularExpressions.Regex.Matches(text, "(?<=: )[^,{}\\[\\]#\n]+(?=[,}\n])", System.Text.RegularExpressions.RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(5));
        Assert.True(places.Count > 30);

        foreach (System.Text.RegularExpressions.Match place in places)
        {
            var changed = string.Concat(text.AsSpan(0, place.Index), "\"${S}\"", text.AsSpan(place.Index + place.Length));
            Assert.DoesNotContain(Yaml.Parse(changed, surroundings).Problems, problem => problem.Message.Contains(secret, StringComparison.OrdinalIgnoreCase));
        }
    }

    [Fact]
    public void A_secret_that_lacks_the_space_before_it_is_not_shown()
    {
        var problems = Yaml.Parse(Yaml.With("secret: \"${TSIG_SECRET}\"", "secret:c2VjcmV0")).Problems;

        Assert.Contains(problems, problem => problem.Message == "'secret:…' is not a key of tsig 'failover'; expected a space behind the colon");
        Assert.DoesNotContain(problems, problem => problem.Message.Contains("c2VjcmV0", StringComparison.Ordinal));
    }

    [Fact]
    public void A_check_remembers_what_its_texts_looked_up_and_is_the_same_check_to_observations()
    {
        var surroundings = new FakeSurroundings { Variables = { ["KEY"] = "qxzvkw", ["NAME"] = "Status.Example.COM.", ["PORT"] = "8443", ["TOKEN"] = "zzvvqq" } };
        var literal = Yaml.Valid(Yaml.With("{type: https, path: /healthz}", "{type: https, port: 8443, host: status.example.com, path: /?k=qxzvkw, bodyJson: {path: $.a, equals: qxzvkw}, headers: {X-A: zzvvqq}}"));
        var referred = Yaml.Valid(
            Yaml.With("{type: https, path: /healthz}", "{type: https, port: \"${PORT}\", host: \"${NAME}\", path: \"/?k=${KEY}\", bodyJson: {path: $.a, equals: \"${KEY}\"}, headers: {X-A: zzvvqq}}"),
            surroundings);
        var check = referred.Checks.Values.First();

        Assert.Empty(literal.Checks.Values.First().Masked);
        Assert.Equal(["Status.Example.COM.", "qxzvkw", "status.example.com"], check.Masked.Select(secret => secret.Reveal()));
        Assert.NotEqual(literal.Checks.Values.First(), check);
        Assert.Equal(check, Yaml.Valid(Yaml.With("{type: https, path: /healthz}", "{type: https, port: 8443, host: \"${NAME}\", path: \"/?k=${KEY}\", bodyJson: {path: $.a, equals: \"${KEY}\"}, headers: {X-A: zzvvqq}}"), surroundings).Checks.Values.First());
        Assert.Equal(literal.Services[0].Endpoints[0].CheckFingerprint, referred.Services[0].Endpoints[0].CheckFingerprint);
    }

    [Fact]
    public void What_is_inherited_of_a_check_is_remembered_with_it()
    {
        var surroundings = new FakeSurroundings { Variables = { ["KEY"] = "qxzvkw", ["PATH_KEY"] = "hidden-path" } };
        var text = "checks: {deep: {type: https, path: \"/${PATH_KEY}\", bodyContains: \"${KEY}\"}}\n" + Yaml.With("check: {type: https, path: /healthz}", "check: {use: deep, bodyContains: plain}");

        Assert.Equal(["hidden-path"], Yaml.Valid(text, surroundings).Checks.Values.First().Masked.Select(secret => secret.Reveal()));
    }
}
