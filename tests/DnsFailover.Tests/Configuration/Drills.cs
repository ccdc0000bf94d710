using DnsFailover.Core.Operations;

namespace DnsFailover.Tests.Configuration;

/// <summary>When drills are made, on which name, and when they are overdue.</summary>
public sealed class Drills
{
    [Fact]
    public void A_schedule_of_Quartz_with_everything()
    {
        var configuration = Yaml.Valid(With("drill: {schedule: '0 0 4 ? * MON', timeZone: Europe/Berlin, name: canary.example.com, live: true, overdueAfter: 35d, windows: [{schedule: '0 3 * * *', duration: 2h}]}"));

        var drill = Assert.Single(configuration.Drills);
        Assert.Equal(("api.example.com", "0 0 4 ? * MON Europe/Berlin", true), (drill.Service.ToString(), drill.Schedule.ToString(), drill.Live));
        Assert.Equal(new DateTimeOffset(2026, 3, 30, 2, 0, 0, TimeSpan.Zero), drill.NextAfter(new DateTimeOffset(2026, 3, 28, 12, 0, 0, TimeSpan.Zero))); // summer time began in between
        var rule = configuration.Services[0].Drill!;
        Assert.Equal(("canary.example.com", TimeSpan.FromDays(35), true), (rule.Canary.ToString(), rule.OverdueAfter, rule.OnlyInWindows));
        Assert.Equal(WindowKind.Drill, Assert.Single(configuration.Windows).Kind);
    }

    [Theory]
    [InlineData("drill: {schedule: '0 4 * * MON'}", 14)]
    [InlineData("drill: {schedule: '0 0 4 ? * MON-FRI'}", 6)]
    [InlineData("drill: {schedule: '0 30 4 1 * ?'}", 62)]
    public void They_are_overdue_after_twice_the_longest_time_between_two(string line, int days)
    {
        var rule = Yaml.Valid(With(line)).Services[0].Drill!;

        Assert.Equal(("dnsfailover-drill.api.example.com", TimeSpan.FromDays(days), false), (rule.Canary.ToString(), rule.OverdueAfter, rule.OnlyInWindows));
    }

    [Fact]
    public void Without_a_schedule_nobody_is_told_and_off_is_none()
    {
        Assert.Null(Yaml.Valid(With("drill: {name: canary.example.com}")).Services[0].Drill!.OverdueAfter);
        var text = Yaml.Dozen.Replace("services:", "defaults: {drill: {schedule: '0 0 4 ? * MON'}}\nservices:", StringComparison.Ordinal);
        Assert.Single(Yaml.Valid(text).Drills);
        var off = Yaml.Valid(text.Replace("check: {type", "drill: off\n    check: {type", StringComparison.Ordinal));
        Assert.Empty(off.Drills);
        Assert.Null(off.Services[0].Drill);
    }

    [Theory]
    [InlineData("drill: {name: canary.example.org}", "drill: the name 'canary.example.org' is not in the zone example.com; expected a name below it that nobody uses, such as dnsfailover-drill.api.example.com")]
    [InlineData("drill: {name: example.com}", "drill: the name 'example.com' is the zone example.com itself; expected a name below it that nobody uses, such as dnsfailover-drill.api.example.com")]
    [InlineData("drill: {name: api.example.com}", "drill: the canary of api.example.com would be api.example.com, which is a service (line 8); expected 'name' with one that nobody uses")]
    [InlineData("drill: {name: the_canary.example.com}", "name: 'the_canary.example.com' has an underscore; expected letters, digits and hyphens, as every provider takes them")]
    [InlineData("drill: {schedule: '*/10 * * * * ?'}", "schedule: '*/10 * * * * ?' comes every 10s; expected at least 1m from one drill to the next")]
    [InlineData("drill: {schedule: '0 0/10 * * * ?', live: true}", "schedule: '0 0/10 * * * ?' comes every 10m; expected at least 1h from one drill to the next, since users are moved")]
    [InlineData("drill: {live: true}", "live: there is no 'schedule' that would move the service; expected a schedule, or no 'live' (`dnsfailover drill --live` needs neither)")]
    [InlineData("drill: {schedule: '0 0 4 ? * MON', overdueAfter: 6d}", "overdueAfter: 6d is shorter than the 7d from one drill to the next ('0 0 4 ? * MON'), so that each is overdue before its time; expected more")]
    public void Mistakes_are_told(string line, string problem) => Assert.EndsWith($": {problem}", Yaml.OnlyProblem(With(line)), StringComparison.Ordinal);

    [Theory]
    [InlineData("0 0 25 ? * MON", "is no schedule")]
    [InlineData("nonsense", "has 1 field instead of 5")]
    [InlineData("0 0 4 ? * MON 2001", "never comes")]
    public void So_is_a_schedule_that_is_none(string schedule, string complaint)
    {
        Assert.Contains(complaint, Yaml.OnlyProblem(With($"drill: {{schedule: '{schedule}'}}")), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_services_have_not_the_same_canary()
    {
        var second = "  - name: www.example.com\n    check: {type: https, path: /healthz}\n    endpoints:\n      - {name: railway, addresses: [192.0.2.10]}\n      - {name: render, addresses: [198.51.100.20]}\n";
        var text = (Yaml.Dozen + second).Replace("services:", "defaults: {drill: {name: canary.example.com}}\nservices:", StringComparison.Ordinal);

        Assert.Contains("api.example.com and www.example.com have the same canary canary.example.com; expected one for each", Yaml.OnlyProblem(text), StringComparison.Ordinal);
    }

    [Fact]
    public void A_service_is_not_the_usual_canary_of_another()
    {
        var second = "  - name: dnsfailover-drill.api.example.com\n    check: {type: https, path: /healthz}\n    endpoints:\n      - {name: railway, addresses: [192.0.2.10]}\n      - {name: render, addresses: [198.51.100.20]}\n";

        Assert.Contains("the canary of api.example.com would be dnsfailover-drill.api.example.com, which is a service", Yaml.OnlyProblem(Yaml.Dozen + second), StringComparison.Ordinal);
    }

    private static string With(string line) => Yaml.With("check: {type: https, path: /healthz}", $"check: {{type: https, path: /healthz}}\n    {line}");
}
