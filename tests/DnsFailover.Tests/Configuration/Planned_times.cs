using DnsFailover.Core.Operations;

namespace DnsFailover.Tests.Configuration;

/// <summary>Maintenance and the windows of failback.</summary>
public sealed class Planned_times
{
    private const string Check = "check: {type: https, path: /healthz}";

    [Fact]
    public void Maintenance_of_an_endpoint_and_of_the_service()
    {
        var configuration = Yaml.Valid(With("""
            maintenance:
                  - {schedule: "0 2 * * SUN", duration: 2h, timeZone: Europe/Berlin, reason: backup, endpoint: render}
                  - {schedule: "30 4 1 * *", duration: 90m}
            """));

        Assert.Equal(
            ["Maintenance render 0 2 * * SUN Europe/Berlin 02:00:00 backup", "Maintenance  30 4 1 * * UTC 01:30:00 planned maintenance"],
            configuration.Windows.Select(window => $"{window.Kind} {window.Endpoint} {window.Schedule} {window.Duration} {window.Reason}"));
        Assert.False(configuration.Services[0].Failback.OnlyInWindows);
    }

    [Fact]
    public void Windows_of_failback()
    {
        var configuration = Yaml.Valid(With("failback: {delay: 5m, windows: [{schedule: '0 9 * * 1-5', duration: 8h}]}"));

        var window = Assert.Single(configuration.Windows);
        Assert.Equal((WindowKind.Failback, TimeSpan.FromHours(8)), (window.Kind, window.Duration));
        Assert.True(configuration.Services[0].Failback.OnlyInWindows);
        Assert.Equal(TimeSpan.FromMinutes(5), configuration.Services[0].Failback.Delay);
    }

    [Fact]
    public void Every_service_inherits_them_and_may_do_without()
    {
        var text = Yaml.Dozen.Replace("services:", "defaults: {maintenance: [{schedule: '0 2 * * *', duration: 1h}]}\nservices:", StringComparison.Ordinal);

        Assert.Single(Yaml.Valid(text).Windows);
        Assert.Empty(Yaml.Valid(text.Replace(Check, $"{Check}\n    maintenance: []", StringComparison.Ordinal)).Windows);
    }

    [Theory]
    [InlineData("maintenance: [{schedule: '0 2 * *', duration: 1h}]", "9:30: schedule: '0 2 * *' has 4 fields instead of 5; expected a cron schedule such as '0 2 * * SUN' (minute, hour, day of the month, month, day of the week)")]
    [InlineData("maintenance: [{schedule: '0 2 30 2 *', duration: 1h}]", "9:30: schedule: '0 2 30 2 *' never comes: no month has that day; expected a cron schedule such as '0 2 * * SUN' (minute, hour, day of the month, month, day of the week)")]
    [InlineData("maintenance: [{schedule: '0 * * * *', duration: 2h}]", "9:53: duration: 2h is longer than the 1h from one to the next ('0 * * * *'); expected at most 1h")]
    [InlineData("maintenance: [{schedule: '0 2 * * *', duration: 30s}]", "9:53: duration: '30s' is too short; expected a duration from 1m to 7d, such as 10s or 1m30s")]
    [InlineData("maintenance: [{schedule: '0 2 * * *'}]", "9:19: maintenance has no 'duration'; expected a duration from 1m to 7d, such as 10s or 1m30s")]
    [InlineData("maintenance: [{schedule: '0 2 * * *', duration: 1h, timeZone: Berlin}]", "9:67: timeZone: 'Berlin' is not known here; expected an IANA time zone such as Europe/Berlin; did you mean 'Europe/Berlin'?")]
    [InlineData("maintenance: [{schedule: '0 2 * * *', duration: 1h, timeZone: Europe/Berln}]", "9:67: timeZone: 'Europe/Berln' is not known here; expected an IANA time zone such as Europe/Berlin; did you mean 'Europe/Berlin'?")]
    [InlineData("maintenance: [{schedule: '0 2 * * *', duration: 1h, endpoint: rendr}]", "9:67: endpoint: there is no endpoint 'rendr' in service 'api.example.com'; expected railway or render; did you mean 'render'?")]
    [InlineData("maintenance: {schedule: '0 2 * * *', duration: 1h}", "9:18: maintenance: a map is written here; expected a list of planned times")]
    [InlineData("failback: {windows: [{schedule: '0 2 * * *', duration: 1h, reason: x}]}", "9:64: unknown key 'reason' in failback window; expected one of schedule, duration or timeZone")]
    [InlineData("failback: {mode: manual, windows: [{schedule: '0 2 * * *', duration: 1h}]}", "9:39: windows: nothing returns by itself with the mode manual; expected another mode, or no 'windows'")]
    public void Mistakes_have_their_place(string line, string problem) => Assert.Equal($"failover.yaml:{problem}", Yaml.OnlyProblem(With(line)));

    [Fact]
    public void There_is_a_bound_to_them()
    {
        var many = string.Join(", ", Enumerable.Repeat("{schedule: '0 2 * * *', duration: 1h}", 21));

        Assert.Equal("failover.yaml:9:18: maintenance: there are 21 planned times; expected at most 20", Yaml.OnlyProblem(With($"maintenance: [{many}]")));
    }

    private static string With(string line) => Yaml.With(Check, $"{line}\n    {Check}");
}
