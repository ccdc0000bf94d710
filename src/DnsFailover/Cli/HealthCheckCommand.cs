using DnsFailover.Configuration;

namespace DnsFailover.Cli;

/// <summary><c>dnsfailover healthcheck</c>: whether the daemon lives, for a container that has no shell.</summary>
internal static class HealthCheckCommand
{
    /// <summary>For all that is tried, together.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(1.8);

    /// <summary>Asks at the socket in the data directory and where the API is reached, all at once: one answer is enough.</summary>
    public static async Task<int> RunAsync(DaemonPlace place, Terminal terminal, CancellationToken cancellationToken)
    {
        var clients = Places(place).Select(ControlClient.Of).ToList();
        try
        {
            var asked = clients.ConvertAll(client => client.LivesAsync(Bound, cancellationToken));
            var complaints = new List<string>();
            await foreach (var answer in Task.WhenEach(asked).WithCancellation(cancellationToken))
            {
                var (lives, why) = await answer;
                if (lives)
                {
                    return ExitCode.Ok;
                }

                complaints.Add(why);
            }

            terminal.Complain($"dnsfailover does not live: {string.Join("; ", complaints)}");
            return ExitCode.Failed;
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }
    }

    private static IEnumerable<DaemonPlace> Places(DaemonPlace place)
    {
        if (place.Server is not null)
        {
            return [place];
        }

        var path = place.Data is not null && place.Config is null ? null : ConfigurationFile.Locate(place.Config);
        var listening = path is null ? [] : DataDirectoryLookup.Listening(path, ProcessSurroundings.Instance).Where(address => address.Port > 0).Select(address => place with { Server = $"http://{address}", Data = null });
        return listening.Prepend(place with { Config = path });
    }
}
