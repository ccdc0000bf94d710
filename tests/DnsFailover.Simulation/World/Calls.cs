using DnsFailover.Core.Control;

namespace DnsFailover.Simulation;

/// <summary>
/// The calls of one process to its providers. What is under way happens even when the process is gone; only the answer is lost
/// then.
/// </summary>
internal sealed class Calls(World world, Process process)
{
    private static readonly TimeSpan VerificationBound = TimeSpan.FromSeconds(60);

    private readonly Dice _dice = Dice.Of(world.Seed, $"calls {process.Life}");

    public void Read(Effect.ReadRecords read)
    {
        if (world.Providers.GetValueOrDefault(read.Provider) is not { } provider || !process.Configuration.Services.Any(service => service.Providers.Contains(read.Provider)))
        {
            process.Post(TimeSpan.Zero, new ControllerEvent.ReadFailed(read.Name, read.RequestId, $"failover.yaml declares no provider '{read.Provider}'", RetryAfter: null) { ProviderGone = true });
            return;
        }

        if (world.Network.Loses() || provider.Has(Illness.Silent))
        {
            process.Post(Provider.Timeout, new ControllerEvent.ReadFailed(read.Name, read.RequestId, "no reply within 10 s", RetryAfter: null));
            return;
        }

        var (until, back) = provider.Latency();
        var askedAt = world.Clock.Now;
        world.Agenda.After(until, () =>
        {
            if (provider.Refuses(isWrite: false) is { } failure)
            {
                process.Post(back, new ControllerEvent.ReadFailed(read.Name, read.RequestId, failure.Reason, failure.RetryAfter));
                return;
            }

            var records = provider.Show(read.Name);
            process.Post(back + world.Network.Delay(), new ControllerEvent.RecordsRead(read.Name, read.RequestId, records), () => world.Ledger.ReadDelivered(read.Name, read.Provider, askedAt, records));
        });
    }

    public void Apply(Effect.Apply apply)
    {
        var provider = world.Providers[apply.Provider];
        if (provider.Has(Illness.Silent) || world.Network.Loses())
        {
            // The request itself may get lost, or only its reply.
            Lose(apply, provider, arrives: provider.Traits.Conditional ? _dice.Chance(0.3) : provider.Has(Illness.Silent) && _dice.Chance(0.3));
            return;
        }

        var (until, back) = provider.Latency();
        world.Agenda.After(until, () =>
        {
            if (provider.Refuses(isWrite: true) is { } failure)
            {
                Fail(back, apply, failure.Failure, failure.Reason, failure.RetryAfter);
            }
            else if (provider.Has(Illness.GatewayTimeouts))
            {
                if (provider.Traits.Conditional && _dice.Chance(0.3))
                {
                    world.Agenda.After(_dice.Seconds(0.1, 5), () => Commit(apply, provider));
                }
                else
                {
                    Commit(apply, provider);
                }

                Fail(back, apply, ProviderFailure.Ambiguous, "504 Gateway Timeout", retryAfter: null);
            }
            else if (Commit(apply, provider) is not { } partial)
            {
                Fail(back, apply, ProviderFailure.Conflict, "the records are not what was read", retryAfter: null);
            }
            else if (partial)
            {
                Fail(back, apply, ProviderFailure.Ambiguous, "the second record was not written: 500 Internal Server Error", retryAfter: null);
            }
            else if (provider.Has(Illness.LosingReplies))
            {
                Fail(Provider.Timeout, apply, ProviderFailure.Ambiguous, "no reply within 10 s", retryAfter: null);
            }
            else
            {
                var shown = provider.Show(apply.Name);
                process.Post(back + world.Network.Delay(), new ControllerEvent.ChangeApplied(apply.Name, apply.Change.Id, shown), () =>
                {
                    world.Ledger.Answered(apply, ambiguous: false);
                    world.Ledger.ReadDelivered(apply.Name, apply.Provider, world.Clock.Now, shown);
                });
            }
        });
    }

    /// <summary>Asks the name servers until they all answer it, or the bound has passed.</summary>
    public void Verify(Effect.Verify verify)
    {
        var provider = world.Providers[verify.Provider];
        if (Answers(provider, verify) && provider.IsHealthy && world.Network.IsFine)
        {
            process.Post(_dice.Seconds(0.05, 0.5), new ControllerEvent.VerificationEnded(verify.Name, verify.ChangeId, Verified: true, "both name servers answer it"));
            return;
        }

        world.Agenda.After(_dice.Seconds(2, VerificationBound.TotalSeconds), () =>
        {
            var verified = Answers(provider, verify) && !provider.Has(Illness.Lagging) && world.Network.Partitions == 0;
            process.Post(
                verified ? TimeSpan.Zero : TimeSpan.FromSeconds(5),
                new ControllerEvent.VerificationEnded(verify.Name, verify.ChangeId, verified, verified ? "both name servers answer it, late" : "ns2 still answers the old value"));
        });
    }

    private static bool Answers(Provider provider, Effect.Verify verify)
    {
        var records = provider.Of(verify.Name);
        return verify.Expected.All(set => records[set.Type]?.HasSameValues(set) == true);
    }

    private void Lose(Effect.Apply apply, Provider provider, bool arrives)
    {
        if (arrives)
        {
            world.Agenda.After(_dice.Seconds(0.1, 2), () => Commit(apply, provider));
        }

        Fail(Provider.Timeout, apply, ProviderFailure.Ambiguous, "no reply within 10 s", retryAfter: null);
    }

    /// <summary>Writes, and says whether only a part was written; null when nothing was, since the condition did not hold.</summary>
    private bool? Commit(Effect.Apply apply, Provider provider)
    {
        var (written, partial) = provider.Write(apply.Change);
        if (written is null)
        {
            return null;
        }

        world.Story.Tell($"* {apply.Provider} has written change {apply.Change.Id} of {apply.Name}{(partial ? " in part" : string.Empty)}: {string.Join("; ", written.After.Sets)}");
        world.Ledger.Committed(apply, provider, written, process.Life);
        return partial;
    }

    private void Fail(TimeSpan after, Effect.Apply apply, ProviderFailure failure, string reason, TimeSpan? retryAfter) =>
        process.Post(
            after + world.Network.Delay(),
            new ControllerEvent.ChangeFailed(apply.Name, apply.Change.Id, failure, reason, retryAfter),
            () => world.Ledger.Answered(apply, ambiguous: failure == ProviderFailure.Ambiguous));
}
