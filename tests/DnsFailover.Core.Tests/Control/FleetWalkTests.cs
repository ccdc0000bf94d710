using System.Globalization;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Control;

/// <summary>
/// Several services whose endpoints fail and recover at random, under rules that hold for all of them together, with
/// restarts and a provider in trouble. The invariants hold on every step, and in the end each name is on what works.
/// </summary>
public sealed class FleetWalkTests
{
    private const int Walks = 25;

    [Fact]
    public void Whatever_many_services_do_they_keep_to_the_rules_and_end_on_what_works()
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
        private readonly ServiceDefinition[] _services;
        private readonly Watch _watch;
        private double _trouble;

        public Walk(int seed)
        {
            _random = new Random(seed);
            _services = [.. Enumerable.Range(0, _random.Next(3, 9)).Select(One)];
            _watch = Watch.Over(_services).Under(new FleetRules
            {
                Velocity = Chance(0.8) ? new VelocityRule(_random.Next(1, 4), Seconds(_random.Next(5, 30))) : null,
                Share = Chance(0.6) ? new ShareRule(_random.Next(10, 80), _random.Next(1, 4), Seconds(_random.Next(60, 300))) : null,
            });
            foreach (var service in _services)
            {
                _watch.Provider.Records[service.Name] = Holding(service.Name, Seconds(30), Values(service)[0]);
            }

            _watch.Provider.WriteFaults = () => Chance(_trouble) ? (WriteFault)_random.Next(1, 6) : WriteFault.None;
            _watch.Provider.ReadFault = () => Chance(_trouble) ? "no answer" : null;
        }

        public void Go()
        {
            _watch.Start().Run(30);
            for (var step = 0; step < 40; step++)
            {
                Something();
                _watch.Run(Chance(0.5) ? _random.NextDouble() : _random.NextDouble() * 20);
                if (!_watch.IsRunning)
                {
                    _watch.Restart(_random.NextDouble() * 5);
                }
            }

            _trouble = 0;
            _watch.CrashBefore = null;
            var working = _services.ToDictionary(service => service.Name, service => Values(service)[_random.Next(2)]);
            _watch.Fails([.. _services.SelectMany(Values)]).Works([.. working.Values]);
            _watch.Run((_services.Length * 300) + 3600); // the smallest share lets one after another move
            Assert.All(_services, service => Assert.True(_watch.Provider.Of(service.Name)[RecordType.A]!.Values.Single().Data == working[service.Name], $"{service.Name}\n{_watch.Told()}"));
        }

        private void Something()
        {
            var service = _services[_random.Next(_services.Length)];
            switch (_random.Next(9))
            {
                case 0 or 1:
                    _watch.Fails(Values(service)[_random.Next(2)]);
                    break;
                case 2 or 3:
                    _watch.Works(Values(service)[_random.Next(2)]);
                    break;
                case 4:
                    _watch.Fails([.. _services.Where(_ => Chance(0.7)).Select(one => Values(one)[_random.Next(2)])]);
                    break;
                case 5:
                    _watch.Works([.. _services.SelectMany(Values)]);
                    break;
                case 6:
                    _trouble = Chance(0.6) ? 0 : _random.NextDouble();
                    break;
                case 7:
                    _watch.CrashBefore = _watch.Effects.Count + _random.Next(20);
                    break;
                default:
                    _watch.CannotBeReachedFromHere(Values(service)[_random.Next(2)]);
                    break;
            }
        }

        private ServiceDefinition One(int index) => Service(Endpoint("primary", 0, $"192.0.2.{index + 1}"), Endpoint("standby", 1, $"198.51.100.{index + 1}")) with
        {
            Name = DnsName.Parse($"s{index}.example.com"),
            Importance = _random.Next(4),
            MinActiveTime = Seconds(_random.Next(0, 40)),
            SwitchesPerHour = Chance(0.5) ? _random.Next(2, 8) : null,
            Failback = new FailbackRule(Chance(0.8) ? FailbackMode.Auto : FailbackMode.Manual, Seconds(_random.Next(1, 60))) { FlapWindow = Seconds(_random.Next(0, 1000)), LongestDelay = Seconds(_random.Next(1, 200)) },
        };

        private static string[] Values(ServiceDefinition service) => [.. service.Targets.Select(pair => pair.Target.Value)];

        private bool Chance(double share) => _random.NextDouble() < share;
    }
}
