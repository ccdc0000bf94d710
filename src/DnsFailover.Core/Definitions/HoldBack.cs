namespace DnsFailover.Core.Definitions;

/// <summary>A rule that can delay a switch beyond its <see cref="RecoveryBound"/>.</summary>
/// <param name="When">The circumstances: "if it just moved".</param>
/// <param name="Longest">By how much at the most.</param>
/// <param name="Why">Which rule, with its figures.</param>
public sealed record HoldBack(string When, TimeSpan Longest, string Why)
{
    /// <summary>However much goes on failing, nothing is held for a fault of ours for longer than so many windows since it was noticed.</summary>
    internal const int MostWindows = 4;

    /// <summary>Who waits for a place that nobody else takes looks again after so long.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Every rule that can hold back a switch of this service away from what is down. What the services wait for each other is
    /// counted for one outage in which each of them moves once; when several rules hold, their times add up.
    /// </summary>
    /// <param name="service">The service.</param>
    /// <param name="rules">What holds over all services together.</param>
    /// <param name="services">How many services are declared.</param>
    /// <param name="slowestMove">The longest that any of them takes from the verdict until its leading provider has the change: <see cref="RecoveryBound.ToWrite"/>.</param>
    public static IEnumerable<HoldBack> Of(ServiceDefinition service, FleetRules rules, int services, TimeSpan slowestMove)
    {
        if (service.MinActiveTime > TimeSpan.Zero)
        {
            yield return new HoldBack("if it just moved", service.MinActiveTime, "minActiveTime: how much later, when the name had moved immediately before");
        }

        if (service.SwitchesPerHour is { } budget)
        {
            yield return new HoldBack("if it keeps moving", TimeSpan.FromHours(1), $"switchesPerHour: after {budget} within an hour it is held and a person is told, until the oldest is an hour old");
        }

        if (rules.MassFailure is { } mass && services > 1)
        {
            var anew = RecoveryBound.VerdictAnew(service);
            yield return new HoldBack(
                "if much fails at once",
                (mass.Window * (MostWindows + 1)) + anew,
                $"massFailure: until nothing more has failed for {Text.Of(mass.Window)}, {Text.Of(mass.Window * MostWindows)} at the most, after up to {Text.Of(mass.Window)} until it is noticed; then {Text.Of(anew)} for new probes");
        }

        if (rules.Velocity is { } velocity && services > velocity.Moves)
        {
            var rounds = ((services + velocity.Moves - 1) / velocity.Moves) - 1;
            yield return new HoldBack(
                "if all names move",
                (velocity.Per + slowestMove + LookAgain) * rounds,
                $"massChange: {services} services, {velocity.Moves} of them within {Text.Of(velocity.Per)}, the most important first; a place is free {Text.Of(velocity.Per)} after the write, which may take {Text.Of(slowestMove)}");
        }

        if (rules.Share is { } share && Math.Max(share.AtLeast, ((services * share.Percent) + 99) / 100) is var most && most < services)
        {
            yield return new HoldBack(
                "if most names move",
                (share.Within + slowestMove) * (((services + most - 1) / most) - 1),
                $"switchShare: after {most} of {services} within {Text.Of(share.Within)} the others are held and a person is told; a move counts from its write, which may take {Text.Of(slowestMove)}");
        }
    }
}
