namespace DnsFailover.Core.Definitions;

/// <summary>A rule that can delay a switch beyond its <see cref="RecoveryBound"/>.</summary>
/// <param name="When">The circumstances: "if it just moved".</param>
/// <param name="Longest">By how much at the most.</param>
/// <param name="Why">Which rule, with its figures.</param>
public sealed record HoldBack(string When, TimeSpan Longest, string Why)
{
    /// <summary>Every rule that can hold back a switch of this service away from what is down.</summary>
    /// <param name="service">The service.</param>
    /// <param name="rules">What holds over all services together.</param>
    /// <param name="services">How many services are declared.</param>
    public static IEnumerable<HoldBack> Of(ServiceDefinition service, FleetRules rules, int services)
    {
        if (service.MinActiveTime > TimeSpan.Zero)
        {
            yield return new HoldBack("if it just moved", service.MinActiveTime, "minActiveTime: how much later, when the name had moved immediately before");
        }

        if (service.SwitchesPerHour is { } budget)
        {
            yield return new HoldBack("if it keeps moving", TimeSpan.FromHours(1), $"switchesPerHour: after {budget} within an hour it is held and a person is told, until the oldest is an hour old");
        }

        if (rules.Velocity is { } velocity && services > velocity.Moves)
        {
            var rounds = ((services + velocity.Moves - 1) / velocity.Moves) - 1;
            yield return new HoldBack("if all names move", velocity.Per * rounds, $"massChange: {services} services, {velocity.Moves} of them within {Text.Of(velocity.Per)}, the most important first");
        }

        if (rules.Share is { } share && Math.Max(share.AtLeast, ((services * share.Percent) + 99) / 100) is var most && most < services)
        {
            yield return new HoldBack("if most names move", share.Within * (((services + most - 1) / most) - 1), $"switchShare: after {most} of {services} within {Text.Of(share.Within)} the others are held and a person is told");
        }
    }
}
