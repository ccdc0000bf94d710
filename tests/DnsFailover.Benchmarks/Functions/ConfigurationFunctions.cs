using System.Globalization;
using System.Text;
using BenchmarkDotNet.Attributes;
using DnsFailover.Configuration;

namespace DnsFailover.Benchmarks.Functions;

/// <summary>failover.yaml, read and checked, with many endpoints: a few in each of many services, or the other way round.</summary>
public class ConfigurationFunctions
{
    private byte[] _file = null!;

    /// <summary>How many services.</summary>
    [ParamsSource(nameof(Shapes))]
    public Shape File { get; set; } = null!;

    /// <summary>What is measured.</summary>
    public static IEnumerable<Shape> Shapes => [new(5, 2), new(3333, 3), new(100, 100), new(1, 10_000)];

    [GlobalSetup]
    public void Prepare()
    {
        _file = Encoding.UTF8.GetBytes(Text(File));
        if (ConfigurationLoader.Parse("benchmark.yaml", _file, ProcessSurroundings.Instance) is { Configuration: null } refused)
        {
            throw new InvalidOperationException(string.Join('\n', refused.Problems.Take(5)));
        }
    }

    /// <summary>From its bytes to what the daemon runs with.</summary>
    [Benchmark]
    public object LoadConfiguration() => ConfigurationLoader.Parse("benchmark.yaml", _file, ProcessSurroundings.Instance);

    private static string Text(Shape shape)
    {
        var text = new StringBuilder("providers:\n  local: {type: builtin, zone: bench.test, listen: \"127.0.0.1:0\"}\nservices:\n");
        for (var (service, number) = (0, 0); service < shape.Services; service++)
        {
            text.Append(CultureInfo.InvariantCulture, $"  - name: api{service}.bench.test\n    check: {{type: http, path: /healthz}}\n    endpoints:\n");
            for (var endpoint = 0; endpoint < shape.EndpointsEach; endpoint++, number++)
            {
                text.Append(CultureInfo.InvariantCulture, $"      - {{name: e{endpoint}, addresses: [10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}]}}\n");
            }
        }

        return text.ToString();
    }

    /// <summary>How large a file is.</summary>
    /// <param name="Services">So many services.</param>
    /// <param name="EndpointsEach">With so many endpoints each.</param>
    public sealed record Shape(int Services, int EndpointsEach)
    {
        /// <inheritdoc/>
        public override string ToString() => $"{Services} x {EndpointsEach}";
    }
}
