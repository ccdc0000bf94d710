using System.Net;
using DnsFailover.Api;

namespace DnsFailover.Tests.Configuration;

public sealed class The_api_keys
{
    [Fact]
    public void Without_a_word_the_api_is_read_on_this_machine_and_nothing_is_public()
    {
        var api = Yaml.Valid(Yaml.Dozen).Api;

        Assert.Equal(([new IPEndPoint(IPAddress.Loopback, 8053)], true, null, StatusPage.Private), (api.Listen, api.IsDefault, api.Token, api.StatusPage));
    }

    [Theory]
    [InlineData("api: off", "", false)]
    [InlineData("api: {listen: off}", "", false)]
    [InlineData("api: {hosts: [status.example.com]}", "127.0.0.1:8053", true)]
    [InlineData("api: {listen: \"127.0.0.1:9000\"}", "127.0.0.1:9000", false)]
    [InlineData("api: {listen: 127.0.0.1}", "127.0.0.1:8053", false)]
    [InlineData("api: {listen: [\"127.0.0.1:9000\", \"[::1]:9000\"]}", "127.0.0.1:9000, [::1]:9000", false)]
    public void The_places_are_one_several_or_none(string written, string places, bool isDefault)
    {
        var api = Yaml.Valid($"{Yaml.Dozen}\n{written}\n").Api;

        Assert.Equal((places, isDefault), ($"{api.Listen}", api.IsDefault));
    }

    [Theory]
    [InlineData("api: {token: short}", "token: the value has fewer than 16 characters; expected a text of at least 16 characters")]
    [InlineData("api: {token: \"with a blank in the middle\"}", "token: the value has characters that a header cannot carry; expected a text of at least 16 characters")]
    [InlineData("api: {listen: localhost}", "listen: 'localhost' has no valid address; expected an address and port such as 127.0.0.1:8053 or [::1]:8053, or off")]
    [InlineData("api: {listen: [\"127.0.0.1:9000\", \"127.0.0.1:9000\"]}", "listen: 127.0.0.1:9000 is written twice")]
    [InlineData("statusPage: open", "statusPage: 'open' is not known; expected private, public or off")]
    public void What_is_wrong_is_said(string written, string problem) =>
        Assert.EndsWith(problem, Yaml.OnlyProblem($"{Yaml.Dozen}\n{written}\n"), StringComparison.Ordinal);

    [Fact]
    public void A_place_that_others_reach_without_a_token_that_they_could_show_is_warned_of()
    {
        var warning = Assert.Single(Yaml.Usable($"{Yaml.Dozen}\napi: {{listen: \"0.0.0.0:8053\"}}\n").Warnings);

        Assert.EndsWith("listen: without 'token', nobody at another machine may read anything at 0.0.0.0:8053; expected 'token' in 'api'", warning, StringComparison.Ordinal);
    }
}
