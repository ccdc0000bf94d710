using System.Globalization;

namespace DnsFailover.Probing;

/// <summary>How many probes there is room for.</summary>
/// <param name="Concurrency">In flight at once.</param>
/// <param name="Queued">Waiting for one of those places.</param>
internal readonly record struct ProbeCapacity(int Concurrency, int Queued)
{
    private const int LeastConcurrency = 512;
    private const int LeastQueued = 4096;

    // Of a hundred; the others are for the API, providers, the DNS server and files.
    private const int ShareOfDescriptors = 75;

    private static readonly int Descriptors = DescriptorLimit();

    /// <summary>
    /// One for the scheduled probe of each target, which never overlaps with the next, and half as many for confirmations and proofs: so
    /// targets that all hang until their timeout keep nobody from the schedule. Each takes a descriptor. Where there are not so many to be
    /// had, the others wait, and as each target waits with one scheduled probe at the most, the queue has room for them.
    /// </summary>
    public static ProbeCapacity For(int targets, ProbeEngineOptions options) => new(
        options.MaxConcurrency ?? Math.Min(Math.Max(LeastConcurrency, targets + (targets / 2)), Math.Max(1, (int)(Descriptors * (long)ShareOfDescriptors / 100))),
        options.MaxQueued ?? Math.Max(LeastQueued, targets + (targets / 2)));

    /// <summary>How many descriptors this process may have open (proc_pid_limits(5)); the runtime has raised the soft limit to the hard one.</summary>
    private static int DescriptorLimit()
    {
        try
        {
            var line = OperatingSystem.IsLinux() ? File.ReadLines("/proc/self/limits").FirstOrDefault(line => line.StartsWith("Max open files", StringComparison.Ordinal)) : null;
            return line?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, _, _, var soft, ..] && int.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? limit : int.MaxValue;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return int.MaxValue;
        }
    }
}
