using Microsoft.Extensions.Logging;

namespace DnsFailover.Control;

/// <summary>Reports defects of the daemon itself, each place once a minute: what fails in every step must not fill the disk with it.</summary>
internal sealed partial class DefectLog(TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);

    /// <summary>More places than this are not told apart; a daemon has a few dozen.</summary>
    private const int MostPlaces = 1000;

    private readonly Dictionary<string, long> _toldAt = new(StringComparer.Ordinal);

    /// <summary>Reports one, unless this place was reported within the last minute.</summary>
    public void Report(Exception defect, string place)
    {
        if (_toldAt.TryGetValue(place, out var told) && time.GetElapsedTime(told) < Quiet)
        {
            return;
        }

        if (_toldAt.Count >= MostPlaces)
        {
            _toldAt.Clear();
        }

        _toldAt[place] = time.GetTimestamp();
        LogDefect(defect, place);
    }

    [LoggerMessage(1002, LogLevel.Critical, "A step was abandoned because of a defect in the daemon, and DNS is left as it is ({Fact})")]
    private partial void LogDefect(Exception exception, string fact);
}
