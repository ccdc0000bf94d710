using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;

namespace DnsFailover.Simulation;

/// <summary>The schedule of probes of one process, and the extra ones that the controller asks for.</summary>
internal sealed class Probes(World world, Process process)
{
    private static readonly ProbePhases Phases = new(null, null, null, null, TimeSpan.FromMilliseconds(40));

    /// <summary>Far slower than usual, where that is known: most probes that pass take 20 to 70 ms.</summary>
    private static readonly TimeSpan Unusual = TimeSpan.FromMilliseconds(150);

    private readonly Dictionary<TargetId, Slot> _slots = [];
    private readonly Dice _dice = Dice.Of(world.Seed, $"probes {process.Life}");

    /// <summary>Puts these on schedule. What has another check begins anew, and what is under way for it is dropped.</summary>
    public void Replace(ControllerConfiguration configuration)
    {
        var targets = configuration.Services.SelectMany(service => service.Targets).ToDictionary(pair => pair.Target, pair => pair.Endpoint);
        foreach (var (target, slot) in _slots.ToList())
        {
            if (!targets.TryGetValue(target, out var endpoint) || endpoint.CheckFingerprint != slot.Endpoint.CheckFingerprint || endpoint.Timing != slot.Endpoint.Timing)
            {
                slot.IsOver = true;
                _slots.Remove(target);
            }
        }

        foreach (var (target, endpoint) in targets)
        {
            if (!_slots.ContainsKey(target))
            {
                var slot = new Slot(this, endpoint, world.Endpoints[target]);
                _slots.Add(target, slot);
                world.Agenda.After(_dice.Seconds(0, 1), slot);
            }
        }
    }

    public void Request(Effect.ProbeNow probe)
    {
        var slot = _slots.GetValueOrDefault(probe.Target);
        if (probe.RequestId is null)
        {
            if (slot is { IsConfirming: false })
            {
                slot.IsConfirming = true;
                world.Agenda.After(probe.Delay, slot.Confirmation);
            }
        }
        else if (slot is null)
        {
            process.Take(TimeSpan.Zero, Seen(probe.Target, Verdict.Inconclusive, "it is not probed any more", probe.RequestId, isScheduled: false), world.Clock.Now);
        }
        else
        {
            world.Agenda.After(probe.Delay, () => Start(slot, probe.RequestId, isScheduled: false, isConfirmation: false));
        }
    }

    /// <summary>Asks for one of several that may overlap: never sooner than after the delay, and so far apart from the one before.</summary>
    public void Confirm(Effect.Confirm confirmation)
    {
        if (_slots.GetValueOrDefault(confirmation.Target) is { } slot)
        {
            slot.Waiting.Add(confirmation.RequestId);
            world.Agenda.After(confirmation.Delay + TimeSpan.FromMilliseconds(_dice.Between(0, 5)), () => Start(slot, confirmation));
        }
        else
        {
            process.Take(TimeSpan.Zero, Seen(confirmation.Target, Verdict.Inconclusive, "it is not probed any more", confirmation.RequestId, isScheduled: false), world.Clock.Now);
        }
    }

    public void CallOff(TargetId target) => _slots.GetValueOrDefault(target)?.Waiting.Clear();

    private void Start(Slot slot, Effect.Confirm confirmation)
    {
        if (!slot.Waiting.Contains(confirmation.RequestId))
        {
            return; // called off
        }

        if (slot.ConfirmedAt + confirmation.Apart - world.Clock.Now is { } left && left > TimeSpan.Zero)
        {
            world.Agenda.After(left, () => Start(slot, confirmation));
            return;
        }

        slot.Waiting.Remove(confirmation.RequestId);
        slot.ConfirmedAt = world.Clock.Now;
        Start(slot, confirmation.RequestId, isScheduled: false, isConfirmation: false);
    }

    private void Start(Slot slot, long? requestId, bool isScheduled, bool isConfirmation)
    {
        if (!process.IsAlive)
        {
            return;
        }

        var (verdict, takes, reason) = world.Network.Hinders(slot.Reality.Target.Type, slot.Endpoint.Timing.Timeout) ?? slot.Reality.Probe(world.Clock.Now, slot.Endpoint.Timing.Timeout);
        var observation = Seen(slot.Reality.Target, verdict, reason, requestId, isScheduled, verdict == Verdict.Pass ? slot.Reality.CertificateTrouble : null);
        takes += world.Network.Delay();
        world.Agenda.After(takes, new Arrival(this, slot, observation, world.Clock.Now, isConfirmation));
        var slowAfter = _dice.Chance(0.5) && slot.Endpoint.Timing.SlowAfter > Unusual ? Unusual : slot.Endpoint.Timing.SlowAfter;
        if (slowAfter < takes)
        {
            process.Post(slowAfter, new ControllerEvent.ProbeIsSlow(new SlowProbe(slot.Reality.Target, observation.StartedAt, requestId, isScheduled, slowAfter, Usual: null)));
        }
    }

    private Observation Seen(TargetId target, Verdict verdict, string reason, long? requestId, bool isScheduled, string? certificateTrouble = null) => new()
    {
        Target = target,
        StartedAt = process.Time.GetUtcNow(),
        Verdict = verdict,
        Reason = reason,
        Phases = Phases,
        RequestId = requestId,
        IsScheduled = isScheduled,
        CertificateTrouble = certificateTrouble,
    };

    /// <summary>The place of a target on schedule.</summary>
    private sealed class Slot : Due
    {
        private readonly Probes _probes;

        public Slot(Probes probes, EndpointDefinition endpoint, Reality reality) => (_probes, Endpoint, Reality, Confirmation) = (probes, endpoint, reality, new Again(probes, this));

        public EndpointDefinition Endpoint { get; }

        public Reality Reality { get; }

        public Due Confirmation { get; }

        public bool IsConfirming { get; set; }

        public HashSet<long> Waiting { get; } = [];

        public TimeSpan? ConfirmedAt { get; set; }

        public bool IsProbing { get; set; }

        public bool IsOver { get; set; }

        public override void Happen()
        {
            if (IsOver || !_probes.IsAlive)
            {
                return;
            }

            _probes.After(Endpoint.Timing.Interval, this);
            if (!IsProbing)
            {
                IsProbing = true;
                _probes.Start(this, requestId: null, isScheduled: true, isConfirmation: false);
            }
        }
    }

    private bool IsAlive => process.IsAlive;

    private void After(TimeSpan delay, Due due) => world.Agenda.After(delay, due);

    private sealed class Again(Probes probes, Slot slot) : Due
    {
        public override void Happen() => probes.Start(slot, requestId: null, isScheduled: false, isConfirmation: true);
    }

    /// <summary>A probe that ended.</summary>
    private sealed class Arrival(Probes probes, Slot slot, Observation observation, TimeSpan startedAt, bool isConfirmation) : Due
    {
        public override void Happen()
        {
            if (isConfirmation)
            {
                slot.IsConfirming = false;
            }
            else if (observation.IsScheduled)
            {
                slot.IsProbing = false;
            }

            if (!slot.IsOver)
            {
                probes.Take(observation, startedAt);
            }
            else if (observation.RequestId is not null)
            {
                probes.Take(observation with { Verdict = Verdict.Inconclusive, Reason = "its check was changed meanwhile" }, startedAt);
            }
        }
    }

    private void Take(Observation observation, TimeSpan startedAt) => process.Take(observation, startedAt);
}
