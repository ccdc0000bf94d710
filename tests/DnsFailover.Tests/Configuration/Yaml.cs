using System.Text;
using DnsFailover.Configuration;

namespace DnsFailover.Tests.Configuration;

/// <summary>Reads texts as if they were failover.yaml.</summary>
internal static class Yaml
{
    /// <summary>The dozen lines of the README, of which tests change some.</summary>
    public const string Dozen =
        """
        providers:
          bind:
            type: rfc2136
            server: 192.0.2.53
            zone: example.com
            tsig: {name: failover, secret: "${TSIG_SECRET}"}
        services:
          - name: api.example.com
            check: {type: https, path: /healthz}
            endpoints:
              - {name: railway, addresses: [192.0.2.10]}
              - {name: render, addresses: [198.51.100.20]}

        """;

    public static ConfigurationResult Parse(string text, FakeSurroundings? surroundings = null) =>
        ConfigurationLoader.Parse("failover.yaml", Encoding.UTF8.GetBytes(text), surroundings ?? new FakeSurroundings());

    /// <summary>The dozen lines with one text in them replaced.</summary>
    public static string With(string old, string replacement)
    {
        Assert.Contains(old, Dozen, StringComparison.Ordinal);
        return Dozen.Replace(old, replacement, StringComparison.Ordinal);
    }

    /// <summary>The only problem of a file, as the operator sees it.</summary>
    public static string OnlyProblem(string text, FakeSurroundings? surroundings = null) =>
        Assert.Single(Parse(text, surroundings).Problems).ToString();

    /// <summary>A file without any problem.</summary>
    public static DaemonConfiguration Valid(string text, FakeSurroundings? surroundings = null)
    {
        var result = Parse(text, surroundings);
        Assert.Empty(result.Problems);
        return Assert.IsType<DaemonConfiguration>(result.Configuration);
    }

    /// <summary>A file without errors; warnings are not looked at.</summary>
    public static DaemonConfiguration Usable(string text, FakeSurroundings? surroundings = null)
    {
        var result = Parse(text, surroundings);
        Assert.Empty(result.Errors);
        return Assert.IsType<DaemonConfiguration>(result.Configuration);
    }
}
