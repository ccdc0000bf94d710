using System.Globalization;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Control;

/// <summary>
/// Every guard at once over several names, at random: what operators say, what is planned, a network that is cut, budgets,
/// shares, reloads that take names and endpoints away, a journal that fails. Nothing that users notice stays untold, nothing is
/// asked for without end, and when the faults stop every name ends on what works. Seeds as in <see cref="RandomWalkTests"/>.
/// </summary>
public sealed class TogetherWalkTests
{
    private const int Walks = 6;

    [Fact]
    public void Whatever_meets_whatever_nothing_stays_untold_or_held_for_ever()
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
        /// <summary>Longer than minActiveTime, the velocity of all names, and a few tries at the provider take together.</summary>
        private static readonly TimeSpan Patience = TimeSpan.FromMinutes(6);

        private static readonly TimeSpan QuietTime = TimeSpan.FromMinutes(11);

        private readonly Random _random;
        private readonly Watch _watch;
        private readonly TinyProvider _other = new();
        private readonly Dictionary<(DnsName, RecordType), DateTimeOffset> _unserved = [];
        private ServiceDefinition[] _services;
        private double _trouble;
        private double _otherTrouble;
        private double _journalTrouble;
        private double _lost;

        public Walk(int seed)
        {
            _random = new Random(seed);
            _services = [.. Enumerable.Range(0, _random.Next(2, 6)).Select(One)];
            _watch = Watch.Over(_services).Under(new FleetRules
            {
                Velocity = Chance(0.5) ? new VelocityRule(_random.Next(1, 3), Seconds(_random.Next(5, 30))) : null,
                Share = Chance(0.4) ? new ShareRule(_random.Next(10, 80), _random.Next(1, 4), Seconds(_random.Next(60, 300))) : null,
                SelfCheck = Chance(0.6) ? new SelfCheckRule(Targets: 4, Needed: 2, Seconds(2), Seconds(5)) : null,
                MassFailure = Chance(0.5) ? new MassFailureRule(_random.Next(2, 4), 2, Seconds(_random.Next(5, 30))) : null,
            });
            _watch.Others["other"] = _other;
            foreach (var service in _services)
            {
                var first = Holding(service.Name, Seconds(30), [.. service.Endpoints[0].Targets.Select(target => target.Value)]);
                (_watch.Provider.Records[service.Name], _other.Records[service.Name]) = (first, first);
            }

            _watch.Provider.WriteFaults = () => Chance(_trouble) ? (WriteFault)_random.Next(1, 6) : WriteFault.None;
            _watch.Provider.ReadFault = () => Chance(_trouble) ? "no answer" : null;
            _other.WriteFaults = () => Chance(_otherTrouble) ? (WriteFault)_random.Next(1, 6) : WriteFault.None;
            _other.ReadFault = () => Chance(_otherTrouble) ? "no answer" : null;
            _other.RetryAfter = Chance(0.3) ? TimeSpan.FromMinutes(10) : null;
            _watch.JournalFails = () => Chance(_journalTrouble);
            _watch.ControlsLost = () => Chance(_lost);
        }

        public void Go()
        {
            _watch.Start();
            Run(30);
            for (var step = 0; step < 50; step++)
            {
                Something();
                Run(Chance(0.4) ? _random.NextDouble() : Chance(0.9) ? _random.NextDouble() * 30 : 500);
                if (!_watch.IsRunning)
                {
                    _unserved.Clear();
                    _watch.Restart(_random.NextDouble() * 5);
                }
            }

            Peace();
        }

        private void Run(double seconds)
        {
            for (var left = seconds; left > 0; left -= 20)
            {
                var (before, part) = (_watch.Effects.Count, Math.Min(left, 20));
                _watch.Run(part);
                Assert.True(_watch.Effects.Count - before <= 100 + (_services.Length * 15 * part), $"{_watch.Effects.Count - before} effects within {part} s\n{_watch.Told()}");
                if (_watch.IsRunning)
                {
                    Notice();
                }
            }
        }

        /// <summary>Where everything that is answered is known to be down for long, somebody was told something.</summary>
        private void Notice()
        {
            foreach (var service in _watch.State.Services.Values)
            {
                foreach (var type in service.Definition.Types)
                {
                    var live = _watch.Provider.Of(service.Definition.Name)[type]?.Values.Select(value => value.Data).ToList() ?? [];
                    var served = service.Definition.Targets.Where(pair => pair.Target.Type == type && live.Contains(pair.Target.Value)).ToList();
                    var key = (service.Definition.Name, type);
                    if (served.Count < live.Count || served.Count == 0 || !served.TrueForAll(pair => service.Health[pair.Target].Status == HealthStatus.Down) || _journalTrouble > 0)
                    {
                        _unserved.Remove(key);
                        continue;
                    }

                    _unserved.TryAdd(key, _watch.Now);
                    Assert.True(
                        _watch.Now - _unserved[key] < Patience || _watch.Alerts.Exists(alert => alert.At > _watch.Now - QuietTime - Patience && (alert.Service is null || alert.Service == service.Definition.Name))
                            || _watch.State.Network.Condition is { Told: true } || service.Conditions.Values.Any(condition => condition.Told) || _watch.State.Services.Values.Any(other => other.Conditions.Values.Any(condition => condition.Told && condition.Cause.EndsWith(":share", StringComparison.Ordinal))),
                        $"nobody is told that {type} of {service.Definition.Name} is down since {_unserved[key] - Noon}: {service.Decisions.GetValueOrDefault(type)} {string.Join(" ", service.Conditions.Values)} net {_watch.State.Network}\n{_watch.Told()}");
                }
            }
        }

        private void Something()
        {
            var service = _services[_random.Next(_services.Length)];
            var (values, all) = (Values(service), _services.SelectMany(Values).ToArray());
            var value = values[_random.Next(values.Length)];
            switch (_random.Next(18))
            {
                case 0 or 1 or 2:
                    _watch.Fails(value);
                    break;
                case 3 or 4:
                    _watch.Works(value);
                    break;
                case 5:
                    _watch.CannotBeReachedFromHere(value);
                    break;
                case 6:
                    _watch.Fails([.. all.Where(_ => Chance(0.5))]);
                    break;
                case 7:
                    _watch.Works(all);
                    break;
                case 8:
                    _trouble = Chance(0.6) ? 0 : _random.NextDouble();
                    break;
                case 9:
                    _otherTrouble = Chance(0.4) ? 0 : Chance(0.5) ? 1 : _random.NextDouble();
                    break;
                case 10:
                    _journalTrouble = Chance(0.7) ? 0 : _random.NextDouble();
                    break;
                case 11:
                    _watch.CrashBefore = _watch.Effects.Count + _random.Next(20);
                    break;
                case 12:
                    Partition(all);
                    break;
                case 13 when _watch.IsRunning:
                    Reload();
                    break;
                case 14:
                    _watch.FailTakes = Seconds(_random.NextDouble() * 5);
                    _watch.PassTakes = Seconds(_random.NextDouble());
                    break;
                case 15 when _watch.IsRunning:
                    var from = _watch.Now + Seconds(_random.NextDouble() * 30);
                    _watch.Plan(new Window((WindowKind)_random.Next(2), service.Name, Chance(0.5) ? service.Endpoints[_random.Next(service.Endpoints.Count)].Name : null, from, from + Seconds(_random.NextDouble() * 200), "monthly"));
                    break;
                default:
                    if (_watch.IsRunning)
                    {
                        Command(service);
                    }

                    break;
            }
        }

        private void Partition(string[] all)
        {
            _lost = Chance(0.8) ? 0 : 1;
            if (Chance(0.5))
            {
                _watch.Controls = [false, false, false, Chance(0.5)];
                _watch.Fails([.. all.Where(_ => Chance(0.9))]);
            }
            else
            {
                _watch.Controls = [true, true, Chance(0.5), Chance(0.5)];
                _watch.Works(Chance(0.7) ? all : []);
            }
        }

        private void Command(ServiceDefinition service)
        {
            var endpoint = service.Endpoints[_random.Next(service.Endpoints.Count)].Name;
            var kind = (OverrideKind)_random.Next(4);
            DnsName? name = kind == OverrideKind.Freeze && Chance(0.3) ? null : service.Name;
            _watch.Command(Chance(0.3)
                ? new OperatorCommand.End(kind, name, endpoint, "done", "bob")
                : new OperatorCommand.Begin(new Override(kind, name, kind is OverrideKind.Force or OverrideKind.Drain ? endpoint : null, "release", "alice", _watch.Now, _watch.Now + Seconds(_random.NextDouble() * 600))));
        }

        private void Reload()
        {
            var at = _random.Next(_services.Length);
            var all = _services;
            if (Chance(0.3))
            {
                _watch.Reload([.. _services.Where((_, index) => index != at)]); // left out by mistake
                Run(_random.NextDouble() * 20);
            }
            else if (Chance(0.5) && all[at].Endpoints.Count > 2)
            {
                _watch.Reload([.. all.Select((service, index) => index == at ? service with { Endpoints = service.Endpoints.Take(2).ToValueList() } : service)]);
                Run(_random.NextDouble() * 20);
            }

            if (_watch.IsRunning)
            {
                _watch.Reload(_services);
            }
            else
            {
                _watch.Redeclare(_services);
            }
        }

        private void Peace()
        {
            (_trouble, _otherTrouble, _journalTrouble, _lost) = (0, 0, 0, 0);
            (_watch.Controls, _watch.CrashBefore) = ([true, true, true, true], null);
            (_watch.FailTakes, _watch.PassTakes) = (Seconds(1), Seconds(0.1));
            _services = [.. _services.Select(service => service with { OnDrift = OnDrift.Alert, Adopt = true, Failback = service.Failback with { Mode = FailbackMode.Auto, OnlyInWindows = false } })];
            _watch.Plan();
            _watch.Reload(_services);
            foreach (var said in _watch.State.Overrides)
            {
                _watch.Command(new OperatorCommand.End(said.Kind, said.Service, said.Endpoint, "peace", "bob"));
            }

            var working = _services.ToDictionary(service => service.Name, service => service.Types.Select(type => Pick([.. service.Targets.Where(pair => pair.Target.Type == type).Select(pair => pair.Target.Value)])).ToArray());
            _watch.Fails([.. _services.SelectMany(Values)]).Works([.. working.Values.SelectMany(values => values)]);
            Run(3600 + 1200 + (_services.Length * 300));
            Assert.All(_services, service => Assert.All(service.Types, type => Assert.True(
                _watch.Provider.Of(service.Name)[type]!.Values.All(value => working[service.Name].Contains(value.Data)) && (service.AlsoAt.Count == 0 || _other.Of(service.Name)[type]!.HasSameValues(_watch.Provider.Of(service.Name)[type]!)),
                $"{type} of {service.Name}: {_watch.State.Services[service.Name].Decisions.GetValueOrDefault(type)}\n{_watch.Told()}")));
        }

        private string Pick(string[] of) => of[_random.Next(of.Length)];

        private ServiceDefinition One(int index)
        {
            var six = Chance(0.4);
            EndpointDefinition[] endpoints = [.. Enumerable.Range(0, Chance(0.5) ? 3 : 2).Select(place => Endpoint($"e{place}", place, [$"192.0.2.{(index * 10) + place + 1}", .. six && place < 2 ? new[] { $"2001:db8::{index + 1}{place + 1}" } : []]) with { Vendor = Chance(0.5) ? $"vendor{place}" : null! })];
            return Service(endpoints) with
            {
                Name = DnsName.Parse($"s{index}.example.com"),
                AlsoAt = Chance(0.3) ? ["other"] : [],
                Policy = (Policy)_random.Next(2),
                OnAllDown = (OnAllDown)_random.Next(3),
                OnDrift = (OnDrift)_random.Next(3),
                Importance = _random.Next(4),
                MinActiveTime = Seconds(_random.Next(0, 60)),
                SwitchesPerHour = Chance(0.4) ? _random.Next(2, 8) : null,
                Failback = new FailbackRule((FailbackMode)_random.Next(3), Seconds(_random.Next(1, 60))) { FlapWindow = Seconds(_random.Next(0, 1000)), LongestDelay = Seconds(_random.Next(1, 200)), OnlyInWindows = Chance(0.2) },
            };
        }

        private static string[] Values(ServiceDefinition service) => [.. service.Targets.Select(pair => pair.Target.Value)];

        private bool Chance(double share) => _random.NextDouble() < share;
    }
}
