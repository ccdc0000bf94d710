using DnsFailover.Control;
using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;

namespace DnsFailover.Tests.Control;

public sealed class FrozenNamesTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly DnsName Api = DnsName.Parse("api.example.com");
    private static readonly DnsName Www = DnsName.Parse("www.example.com");

    private readonly List<string> _told = [];
    private readonly FrozenNames _names;
    private ControllerState _state;

    public FrozenNamesTests()
    {
        _names = new FrozenNames(frozen => _told.Add(string.Join(' ', frozen.Order())));
        (_state, _) = Controller.Start(new ControllerConfiguration([Sample.Service("api.example.com"), Sample.Service("www.example.com")], TimeSpan.FromMinutes(5)), [], Noon);
        _names.Stepped(fact: null, before: null, _state, [], Noon);
    }

    [Fact]
    public void Each_freeze_is_handed_on_when_it_begins_and_when_it_ends()
    {
        Command(Noon, new OperatorCommand.Begin(new Override(OverrideKind.Freeze, Api, Endpoint: null, "release", "alice", Noon, Noon.AddMinutes(10))));
        Command(Noon.AddMinutes(1), new OperatorCommand.Begin(new Override(OverrideKind.Drain, Www, "standby", "release", "alice", Noon, Noon.AddMinutes(10))));
        Command(Noon.AddMinutes(2), new OperatorCommand.Begin(new Override(OverrideKind.Freeze, Service: null, Endpoint: null, "release", "alice", Noon, Noon.AddMinutes(5))));
        Command(Noon.AddMinutes(3), new OperatorCommand.End(OverrideKind.Freeze, Api, Endpoint: null, "done", "alice"));
        Step(Noon.AddMinutes(5), new ControllerEvent.TimePassed());

        Assert.Equal(["api.example.com", "api.example.com www.example.com", string.Empty], _told);
    }

    [Fact]
    public void A_planned_time_begins_and_ends_with_no_more_than_a_step()
    {
        Step(Noon, new ControllerEvent.WindowsKnown([new Window(WindowKind.Maintenance, Www, Endpoint: null, Noon.AddMinutes(1), Noon.AddMinutes(2), "patches")]));
        Step(Noon.AddSeconds(59), new ControllerEvent.TimePassed());
        Assert.Empty(_told);
        Step(Noon.AddSeconds(60), new ControllerEvent.TimePassed());
        Step(Noon.AddSeconds(119), new ControllerEvent.TimePassed());
        Assert.Equal(["www.example.com"], _told);
        Step(Noon.AddSeconds(120), new ControllerEvent.TimePassed());
        Assert.Equal(["www.example.com", string.Empty], _told);
    }

    [Fact]
    public void A_force_to_an_endpoint_that_a_reload_took_away_thaws_nothing()
    {
        var window = new Window(WindowKind.Maintenance, Www, Endpoint: null, Noon, Noon.AddHours(1), "patches");
        Command(Noon, new OperatorCommand.Begin(new Override(OverrideKind.Force, Www, "standby", "release", "alice", Noon, Noon.AddMinutes(30))));
        Step(Noon, new ControllerEvent.WindowsKnown([window]));
        Assert.Empty(_told); // an operator's force goes before the plan

        var services = _state.Configuration.Services.Select(service => service.Name == Www ? service with { Endpoints = [service.Endpoints[0]] } : service).ToValueList();
        Step(Noon.AddMinutes(1), new ControllerEvent.ConfigurationLoaded(_state.Configuration with { Services = services }, "smaller"));

        Assert.Equal(["www.example.com"], _told);
    }

    private void Command(DateTimeOffset now, OperatorCommand command) => Step(now, new ControllerEvent.OperatorCommanded(command));

    private void Step(DateTimeOffset now, ControllerEvent fact)
    {
        var before = _state;
        (_state, ValueList<Effect> effects) = Controller.Step(before, fact, now);
        _names.Stepped(fact, before, _state, effects, now);
    }
}
