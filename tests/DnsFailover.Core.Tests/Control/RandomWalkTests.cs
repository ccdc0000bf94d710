using System.Globalization;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Control;

/// <summary>
/// Everything goes wrong at random, and the invariants hold on every step; afterwards the faults stop, and the name
/// ends where it should. A seed is the whole of a walk: give DNSFAILOVER_WALK_SEED to repeat one, DNSFAILOVER_WALKS to
/// run more than the usual number.
/// </summary>
public sealed class RandomWalkTests
{
    private const int Walks = 120;

    private static readonly ServiceDefinition Quick = TwoEndpoints with { MinActiveTime = Seconds(30), Failback = new FailbackRule(FailbackMode.Auto, Seconds(20)) };

    private static readonly ServiceDefinition[] Services =
    [
        Quick,
        Quick with { Endpoints = [Primary, Standby, Third], MinActiveTime = Seconds(90) },
        Quick with { Endpoints = [Primary, Standby with { Priority = 0 }, Third], OnAllDown = OnAllDown.Primary },
        Quick with { Endpoints = [Endpoint("primary", 0, P, P6), Endpoint("standby", 1, S, S6)] },
        Quick with { Endpoints = [Endpoint("primary", 0, P, P6), Endpoint("standby", 1, S, S6), Third], OnAllDown = OnAllDown.All },
        Quick with { Endpoints = [Primary, Standby, Third], Policy = Policy.Multivalue },
        Quick with { Endpoints = [Primary with { Weight = 3 }, Standby, Third], Policy = Policy.Weighted },
        Quick with { Endpoints = [Endpoint("primary", 0, "a.example.net"), Endpoint("standby", 1, "b.example.net"), Endpoint("third", 1, "c.example.net")] },
        Quick with { Endpoints = [Primary with { Rule = new HealthRule(1, 2, new FailureWindow(3, 8)) }, Standby with { Rule = new HealthRule(3, 1) }], Ttl = null, Create = true, Adopt = true },
    ];

    [Fact]
    public void Whatever_happens_the_invariants_hold_and_the_name_ends_on_what_works()
    {
        var only = Environment.GetEnvironmentVariable("DNSFAILOVER_WALK_SEED");
        var walks = int.Parse(Environment.GetEnvironmentVariable("DNSFAILOVER_WALKS") ?? $"{Walks}", CultureInfo.InvariantCulture);
        var seeds = only is null ? Enumerable.Range(1, walks) : [int.Parse(only, CultureInfo.InvariantCulture)];
        foreach (var seed in seeds)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            try
            {
                new Walk(seed).Go();
            }
            catch (Exception e)
            {
                Assert.Fail($"DNSFAILOVER_WALK_SEED={seed}: {e.Message}\n{e}");
            }
        }
    }

    private sealed class Walk
    {
        private readonly Random _random;
        private readonly Watch _watch;
        private readonly string[] _values;
        private ServiceDefinition _service;
        private double _writeTrouble;
        private double _readTrouble;
        private double _journalTrouble;
        private double _otherTrouble;
        private readonly TinyProvider? _other;
        private readonly TinyProvider? _third;
        private double _thirdTrouble;
        private double _controlTrouble;
        private bool _emptied;
        private readonly bool _checksItself;
        private readonly bool _operators;

        public Walk(int seed)
        {
            _random = new Random(seed);
            _service = Services[_random.Next(Services.Length)];
            _other = Chance(0.4) ? new TinyProvider() : null;
            _third = _other is not null && Chance(0.3) ? new TinyProvider() : null;
            _service = _service with { AlsoAt = [.. _other is null ? Array.Empty<string>() : ["other"], .. _third is null ? Array.Empty<string>() : ["third"]], OnDrift = (OnDrift)_random.Next(3) };
            if (Chance(0.4))
            {
                _service = _service with
                {
                    SwitchesPerHour = Chance(0.5) ? _random.Next(1, 8) : null,
                    Failback = _service.Failback with { FlapWindow = Seconds(_random.Next(0, 600)), LongestDelay = Seconds(_random.Next(10, 100)) },
                };
            }

            _operators = Chance(0.6);
            _service = _operators && Chance(0.3) ? _service with { Failback = _service.Failback with { Mode = (FailbackMode)_random.Next(3) } } : _service;
            _values = [.. _service.Targets.Select(pair => pair.Target.Value)];
            _watch = Watch.Over(_service);
            _watch.Provider.Records[Name] = First();
            _watch.Provider.WriteFaults = () => Chance(_writeTrouble) ? (WriteFault)_random.Next(1, 6) : WriteFault.None;
            _watch.Provider.ReadFault = () => Chance(_readTrouble) ? "no answer" : null;
            if (_other is not null)
            {
                _watch.Others["other"] = _other;
                _other.Records[Name] = First();
                _other.WriteFaults = () => Chance(_otherTrouble) ? (WriteFault)_random.Next(1, 6) : WriteFault.None;
                _other.ReadFault = () => Chance(_otherTrouble) ? "no answer from the other" : null;
            }

            if (_third is not null)
            {
                _watch.Others["third"] = _third;
                _third.Records[Name] = First();
                _third.WriteFaults = () => Chance(_thirdTrouble) ? (WriteFault)_random.Next(1, 6) : WriteFault.None;
                _third.ReadFault = () => Chance(_thirdTrouble) ? "no answer from the third" : null;
            }

            _checksItself = Chance(0.5);
            if (_checksItself)
            {
                _watch.Under(new FleetRules { SelfCheck = new SelfCheckRule(Targets: 4, Needed: 2, Seconds(2), Seconds(5)), MassFailure = new MassFailureRule(2, 2, Seconds(10)) });
                _watch.ControlsLost = () => Chance(_controlTrouble);
            }

            _watch.JournalFails = () => Chance(_journalTrouble);
            _watch.VerificationFails = () => Chance(_writeTrouble / 2);
        }

        public void Go()
        {
            _watch.Start();
            for (var step = 0; step < 60; step++)
            {
                Something();
                _watch.Run(Chance(0.5) ? 0.1 + _random.NextDouble() : _random.NextDouble() * 20);
                Assert.True(_service.Types.All(type => _service.Create || _emptied || _watch.Published(type).Length > 0), _watch.Told());
                if (!_watch.IsRunning && Chance(0.7))
                {
                    _watch.Restart(0.1 + (_random.NextDouble() * 5));
                }
            }

            Peace();
        }

        private NameRecords First()
        {
            var first = _service.Targets.Where(pair => pair.Endpoint.Name == "primary");
            int? weight = _service.Policy == Policy.Weighted ? 3 : null;
            return NameRecords.Create(Name, first.Select(pair => RecordSet.Create(Name, pair.Target.Type, Seconds(30), [new RecordValue(pair.Target.Value, weight)])));
        }

        private bool Chance(double of) => _random.NextDouble() < of;

        private void Something()
        {
            if (_checksItself && Chance(0.15))
            {
                Partition();
                return;
            }

            var value = _values[_random.Next(_values.Length)];
            if (_operators && Chance(0.15))
            {
                Command();
                return;
            }

            switch (_random.Next(_other is null ? 16 : _third is null ? 18 : 20))
            {
                case 0 or 1 or 2:
                    _watch.Fails(value);
                    break;
                case 3 or 4 or 5:
                    _watch.Works(value);
                    break;
                case 6:
                    _watch.CannotBeReachedFromHere(value);
                    break;
                case 7:
                    _writeTrouble = Chance(0.5) ? 0 : _random.NextDouble();
                    break;
                case 8:
                    _readTrouble = Chance(0.5) ? 0 : _random.NextDouble();
                    break;
                case 9:
                    _journalTrouble = Chance(0.6) ? 0 : _random.NextDouble();
                    break;
                case 10:
                    _watch.Provider.WriteTakes = Seconds(_random.NextDouble() * 3);
                    _watch.Provider.ReadTakes = Seconds(_random.NextDouble() * 5);
                    break;
                case 11:
                    _watch.FailTakes = Seconds(_random.NextDouble() * 2);
                    _watch.PassTakes = Seconds(_random.NextDouble());
                    break;
                case 12 when _watch.IsRunning:
                    _watch.CrashBefore = _watch.Effects.Count + _random.Next(8);
                    break;
                case 13 when _watch.IsRunning:
                    Reload();
                    break;
                case 14 when Chance(0.4):
                    Meddle();
                    break;
                case 15:
                    _watch.Fails(_values);
                    break;
                case 16:
                    _otherTrouble = Chance(0.4) ? 0 : Chance(0.4) ? 1 : _random.NextDouble();
                    break;
                case 17:
                    _readTrouble = _writeTrouble = 1; // an outage of the first
                    break;
                case 18:
                    _thirdTrouble = Chance(0.4) ? 0 : Chance(0.4) ? 1 : _random.NextDouble();
                    break;
                case 19:
                    Meddle();
                    break;
            }
        }

        /// <summary>Our own network breaks, in whole or in part, or heals.</summary>
        private void Partition()
        {
            _controlTrouble = Chance(0.7) ? 0 : _random.NextDouble();
            _watch.ControlsTake = Seconds(Chance(0.5) ? 0.03 : _random.NextDouble() * 2);
            if (Chance(0.5))
            {
                _watch.Controls = [false, false, false, Chance(0.5)];
                _watch.Fails(_values);
            }
            else
            {
                _watch.Controls = [true, true, Chance(0.5), Chance(0.5)];
                _watch.Works(Chance(0.7) ? _values : []);
            }
        }

        /// <summary>An operator says something, sensible or not; now and then a planned time comes.</summary>
        private void Command()
        {
            var endpoint = _service.Endpoints[_random.Next(_service.Endpoints.Count)].Name;
            if (Chance(0.2))
            {
                var from = _watch.Now + Seconds(_random.NextDouble() * 30);
                _watch.Plan(new Window((WindowKind)_random.Next(2), Name, Chance(0.5) ? endpoint : null, from, from + Seconds(_random.NextDouble() * 60), "monthly"));
                return;
            }

            var (kind, ofAll) = ((OverrideKind)_random.Next(4), Chance(0.2));
            _watch.Command(Chance(0.25)
                ? new OperatorCommand.End(kind, ofAll ? null : Name, endpoint, "done", "bob")
                : new OperatorCommand.Begin(new Override(kind, ofAll ? null : Name, kind is OverrideKind.Force or OverrideKind.Drain ? endpoint : null, "release", "alice", _watch.Now, _watch.Now + Seconds(_random.NextDouble() * 200))));
        }

        private void Reload()
        {
            if (Chance(0.5))
            {
                var (at, changed) = (_random.Next(_service.Endpoints.Count), _service.Endpoints.ToArray());
                changed[at] = changed[at] with { CheckFingerprint = $"GET /{_random.Next()}" };
                _service = _service with { Endpoints = changed.ToValueList() };
            }

            if (Chance(0.3))
            {
                _service = _service with { OnDrift = (OnDrift)_random.Next(3) };
            }

            if (_other is not null && Chance(0.3))
            {
                string[] order = [.. _service.Providers];
                _random.Shuffle(order);
                _service = _service with { Provider = order[0], AlsoAt = order.Skip(1).ToValueList() };
            }

            if (Chance(0.1))
            {
                _watch.Reload(); // taken out by mistake
                _watch.Run(_random.NextDouble());
            }

            if (_watch.IsRunning)
            {
                _watch.Reload(_service);
            }
        }

        /// <summary>Somebody moves a record by hand.</summary>
        private void Meddle()
        {
            if (_service.OnDrift == OnDrift.Restore && Chance(0.3))
            {
                var empties = Chance(0.3);
                _emptied |= empties;
                _watch.Provider.Records[Name] = empties ? NameRecords.Create(Name, []) : NameRecords.Create(Name, _watch.Provider.Of(Name).Sets.Select(set =>
                    RecordSet.Create(Name, set.Type, set.Ttl, [new RecordValue(set.Type switch { RecordType.A => "203.0.113.9", RecordType.AAAA => "2001:db8::99", _ => "stranger.example.org" })])));
                return;
            }

            var target = _service.Targets.ElementAt(_random.Next(_values.Length)).Target;
            var set = RecordSet.Create(Name, target.Type, Seconds(_random.Next(1, 4) * 30), [new RecordValue(target.Value, _service.Policy == Policy.Weighted ? 1 : null)]);
            TinyProvider?[] all = [_watch.Provider, _other, _third];
            var everywhere = Chance(0.3);
            foreach (var at in all.OfType<TinyProvider>().Where(_ => everywhere || Chance(0.5)))
            {
                var others = at.Of(Name).Sets.Where(other => other.Type != target.Type);
                at.Records[Name] = NameRecords.Create(Name, others.Append(set));
            }
        }

        private void Peace()
        {
            (_writeTrouble, _readTrouble, _journalTrouble, _otherTrouble, _thirdTrouble) = (0, 0, 0, 0, 0);
            (_watch.Provider.WriteTakes, _watch.Provider.ReadTakes) = (Seconds(0.1), Seconds(0.1));
            (_watch.FailTakes, _watch.PassTakes) = (Seconds(1), Seconds(0.1));
            (_watch.Controls, _watch.ControlsTake, _controlTrouble) = ([true, true, true, true], Seconds(0.03), 0);
            _watch.CrashBefore = null;
            if (!_watch.IsRunning)
            {
                _watch.Restart();
            }

            _service = _service with { OnDrift = OnDrift.Alert, Adopt = true, Create = true, Failback = Quick.Failback }; // an operator takes things as they are
            _watch.Plan();
            _watch.Reload(_service);
            foreach (var said in _watch.State.Overrides)
            {
                _watch.Command(new OperatorCommand.End(said.Kind, said.Service, said.Endpoint, "peace", "bob"));
            }

            Assert.Empty(_watch.State.Overrides);
            var working = _values.Where(_ => Chance(0.6)).ToHashSet(StringComparer.Ordinal);
            foreach (var type in _service.Types.Where(type => !TargetsOf(type).Any(target => working.Contains(target.Value))))
            {
                working.Add(TargetsOf(type).ElementAt(_random.Next(TargetsOf(type).Count())).Value);
            }

            _watch.Works([.. working]).Fails([.. _values.Except(working)]);
            _watch.Run(_service.SwitchesPerHour is null ? 0 : 3600);
            _watch.Run(60 + 90 + 60); // the longest back-off, the longest hold-down, and what it takes to notice
            if (_watch.Service.Copies.Values.Any(copy => copy.Drift is { GivenUp: true }))
            {
                _watch.Reload(_service with { OnDrift = OnDrift.Pause }).Reload(_service).Run(60 + 90 + 60); // as the message says
            }

            foreach (var type in _service.Types)
            {
                Assert.True(_watch.Published(type) is { Length: > 0 } published && published.All(working.Contains), $"{type} is {string.Join(' ', _watch.Published(type))}, working are {string.Join(' ', working)}\n{_watch.Told()}");
            }

            _watch.Run(150);
            TinyProvider?[] followers = [_other, _third];
            Assert.All(followers.OfType<TinyProvider>(), follower => Assert.All(_service.Types, type => Assert.True(follower.Of(Name)[type]?.HasSameValues(_watch.Provider.Of(Name)[type]!) == true, $"{type} is not the same everywhere\n{_watch.Told()}")));
            Best(working);
            Quiet(working);
        }

        private void Best(HashSet<string> working)
        {
            foreach (var type in _service.Types)
            {
                var up = TargetsOf(type).Where(target => working.Contains(target.Value)).ToList();
                if (_service.Policy == Policy.Failover)
                {
                    var best = up.Min(PriorityOf);
                    up = [.. up.Where(target => PriorityOf(target) == best)];
                }

                var published = _watch.Published(type);
                var right = type == RecordType.CNAME
                    ? published.Length == 1 && up.Exists(target => target.Value == published[0])
                    : published.Order(StringComparer.Ordinal).SequenceEqual(up.Select(target => target.Value).Order(StringComparer.Ordinal), StringComparer.Ordinal);
                Assert.True(right, $"{type} is {string.Join(' ', published)}, the best are {string.Join(' ', up)}\n{_watch.Told()}");
            }
        }

        private void Quiet(HashSet<string> working)
        {
            var service = _watch.Service;
            Assert.True(service.Unrecorded is null && service.Copies.Values.All(copy => copy is { Change: null, Preparing: null, WriteFailures: 0, ReadFailures: 0 }), _watch.Told());
            var down = service.Definition.Targets.Where(pair => !working.Contains(pair.Target.Value)).Select(pair => $"down:{pair.Endpoint.Name}:{pair.Target.Value}");
            Assert.Equal(down.Order(StringComparer.Ordinal), service.Conditions.Keys);
            var (effects, alerts) = (_watch.Effects.Count, _watch.Alerts.Count);
            _watch.Run(600);
            var reads = _service.Providers.Count(); // a minute
            Assert.InRange(_watch.Effects.Count - effects, 9 * reads, (11 * reads) + working.Count + (_values.Length * 2)); // and a condition told late
            Assert.InRange(_watch.Alerts.Count - alerts, 0, _values.Length);
        }

        private IEnumerable<TargetId> TargetsOf(RecordType type) => _service.Targets.Select(pair => pair.Target).Where(target => target.Type == type);

        private int PriorityOf(TargetId target) => _service.Endpoints.First(endpoint => endpoint.Name == target.Endpoint).Priority;
    }
}
