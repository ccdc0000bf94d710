using DnsFailover.Control;
using DnsFailover.Core;
using DnsFailover.Journal;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DnsFailover.Api;

/// <summary>Whether the daemon lives and is ready, for who starts and restarts it. Everybody may ask; what is missing is for who may read.</summary>
internal sealed class HealthApi(ControlLoop loop, JournalLookups lookups, TimeProvider time)
{
    /// <summary>A control loop that has not turned for so long does not live; it waits for the journal's disk, at the most.</summary>
    private static readonly TimeSpan LongestTurn = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan JournalBound = TimeSpan.FromSeconds(2);

    private const int MostListed = 5;

    private volatile bool _hasProbedAll;

    /// <summary>Puts both addresses in place.</summary>
    public void Map(IEndpointRouteBuilder app)
    {
        app.MapMethods("/healthz/live", ["GET", "HEAD"], context => SendAsync(context, "live", WhyNotLive())).WithMetadata(new AccessNeeded(Access.Anybody));
        app.MapMethods("/healthz/ready", ["GET", "HEAD"], async context => await SendAsync(context, "ready", await WhyNotReadyAsync())).WithMetadata(new AccessNeeded(Access.Anybody));
    }

    private List<string> WhyNotLive() =>
        loop.SinceLastTurn(time) is { } still && still > LongestTurn ? [$"the control loop has not turned for {Text.Of(still)}; its log may say why"] : [];

    private async Task<List<string>> WhyNotReadyAsync()
    {
        var missing = WhyNotLive();
        if (loop.State is not { } state)
        {
            missing.Add("the configuration is not in effect yet");
            return missing;
        }

        try
        {
            await lookups.TextsAsync(long.MaxValue - 1, 1, CancellationToken.None).WaitAsync(JournalBound, time);
        }
        catch (JournalException e)
        {
            missing.Add(e.Message);
        }
        catch (TimeoutException)
        {
            missing.Add($"the journal has not answered within {Text.Of(JournalBound)}");
        }

        if (!_hasProbedAll)
        {
            // Once is enough: a service that a reload brings does not make the daemon unfit.
            var cold = state.Services.Values.Where(service => !service.IsWarm && !service.Retired).Select(service => $"{service.Definition.Name}").ToList();
            _hasProbedAll = cold.Count == 0;
            missing.AddRange(cold.Take(MostListed).Select(name => $"the first round of probes of {name} is not over"));
            if (cold.Count > MostListed)
            {
                missing.Add($"and of {cold.Count - MostListed} more");
            }
        }

        return missing;
    }

    private static Task SendAsync(HttpContext context, string word, List<string> missing)
    {
        context.Response.StatusCode = missing.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return Replies.SendAsync(context, new HealthDocument(missing.Count == 0 ? word : $"not {word}", Caller.Of(context).MayRead && missing.Count > 0 ? missing : null), ReplyContext.Default.HealthDocument);
    }
}
