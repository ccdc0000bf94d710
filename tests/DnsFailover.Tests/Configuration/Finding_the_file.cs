using DnsFailover.Configuration;

namespace DnsFailover.Tests.Configuration;

public sealed class Finding_the_file
{
    private readonly FakeSurroundings _surroundings = new()
    {
        Variables = { ["DNSFAILOVER_CONFIG"] = "/srv/variable.yaml" },
        Files = { ["/srv/option.yaml"] = "", ["/srv/variable.yaml"] = "", ["./failover.yaml"] = "", ["/etc/dnsfailover/failover.yaml"] = "" },
    };

    [Fact]
    public void The_option_outranks_the_variable_which_outranks_the_working_directory_which_outranks_etc()
    {
        Assert.Equal("/srv/option.yaml", ConfigurationLocator.Locate("/srv/option.yaml", _surroundings).Path);
        Assert.Equal("/srv/variable.yaml", ConfigurationLocator.Locate(null, _surroundings).Path);

        _surroundings.Variables.Remove("DNSFAILOVER_CONFIG");
        Assert.Equal("./failover.yaml", ConfigurationLocator.Locate(null, _surroundings).Path);

        _surroundings.Files.Remove("./failover.yaml");
        Assert.Equal("/etc/dnsfailover/failover.yaml", ConfigurationLocator.Locate(null, _surroundings).Path);
    }

    [Fact]
    public void A_file_that_is_named_and_absent_is_not_replaced_by_another()
    {
        Assert.Equal(
            new LocatedConfiguration(null, "--config names /absent.yaml, which does not exist (or is not a file). Correct the path, or leave it out to look at ./failover.yaml and /etc/dnsfailover/failover.yaml"),
            ConfigurationLocator.Locate("/absent.yaml", _surroundings));

        _surroundings.Variables["DNSFAILOVER_CONFIG"] = "/absent.yaml";
        Assert.StartsWith("DNSFAILOVER_CONFIG names /absent.yaml", ConfigurationLocator.Locate(null, _surroundings).Complaint, StringComparison.Ordinal);
    }

    [Fact]
    public void When_there_is_none_it_says_where_it_looked_and_what_to_do() =>
        Assert.Equal(
            "there is no failover.yaml. Looked at: --config (not given), DNSFAILOVER_CONFIG (not set), ./failover.yaml, /etc/dnsfailover/failover.yaml. Write one (config/failover.yaml is an example), or name it with --config",
            ConfigurationLocator.Locate(null, new FakeSurroundings()).Complaint);
}
