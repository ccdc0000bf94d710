using System.Text.Json;
using System.Text.RegularExpressions;
using DnsFailover.Tests.Configuration;
using DnsFailover.Tests.Providers.Http;

namespace DnsFailover.Tests.Shipping;

/// <summary>The Dockerfile and what refers to it: compose file and chart.</summary>
public sealed partial class DockerfileTests
{
    private static readonly IReadOnlyList<(string Word, string Words)> s_instructions = Instructions(File.ReadAllText(Repository.Path("Dockerfile")));

    /// <summary>Those after the last FROM: what the image is.</summary>
    private static IReadOnlyList<(string Word, string Words)> Image => [.. s_instructions.Skip(s_instructions.ToList().FindLastIndex(instruction => instruction.Word == "FROM"))];

    [Fact]
    public async Task A_linter_finds_nothing_to_complain_of()
    {
        var run = await ShippingTool.OfPackageAsync("dockerfile-utils", "lint", Repository.Path("Dockerfile"));

        Assert.True(run is { ExitCode: 0, Said: "" }, run.Said);
        Assert.DoesNotContain(s_instructions, instruction => instruction.Words.Contains("<<", StringComparison.Ordinal));
    }

    [Fact]
    public void Everything_that_is_copied_exists_and_reaches_the_builder()
    {
        var sent = File.ReadAllLines(Repository.Path(".dockerignore")).Where(line => line.StartsWith('!')).Select(line => line[1..]).ToList();
        var sources = s_instructions.Where(instruction => instruction.Word == "COPY" && !instruction.Words.Contains("--from", StringComparison.Ordinal))
            .SelectMany(instruction => instruction.Words.Split(' ')[..^1]).ToList();

        Assert.NotEmpty(sources);
        Assert.All(sources, source => Assert.True(Path.Exists(Repository.Path(source)), source));
        Assert.All(sources, source => Assert.Contains(source.Split('/')[0], sent));
    }

    [Fact]
    public void The_build_runs_where_it_is_and_the_image_is_for_the_platform_that_was_asked_for()
    {
        var stages = s_instructions.Where(instruction => instruction.Word == "FROM").Select(instruction => instruction.Words).ToList();

        Assert.Equal(2, stages.Count);
        Assert.StartsWith("--platform=$BUILDPLATFORM mcr.microsoft.com/dotnet/sdk:10.0", stages[0], StringComparison.Ordinal);
        Assert.Matches("^mcr.microsoft.com/dotnet/runtime-deps:10.0-[a-z]+-chiseled$", stages[1]);
        Assert.All(s_instructions.Where(instruction => instruction.Word == "RUN" && instruction.Words.StartsWith("dotnet", StringComparison.Ordinal)), run => Assert.Contains("-a $TARGETARCH", run.Words, StringComparison.Ordinal));
    }

    [Fact]
    public void Nothing_in_the_image_needs_a_shell_or_root()
    {
        Assert.DoesNotContain(Image, instruction => instruction.Word is "RUN" or "ADD" or "SHELL");
        Assert.Equal("$APP_UID", Only("USER"));
        Assert.Equal(["/app/dnsfailover"], Exec(Only("ENTRYPOINT")));
        Assert.Equal(["run"], Exec(Only("CMD")));
        Assert.Equal(["/app/dnsfailover", "healthcheck"], Exec(Only("HEALTHCHECK").Split("CMD ")[1]));
        Assert.Equal("SIGTERM", Only("STOPSIGNAL"));
    }

    [Fact]
    public void The_journal_is_in_the_volume_and_commands_in_the_container_find_it()
    {
        // The data directory is ./data unless failover.yaml says otherwise, and the volume belongs to the user that the daemon runs as.
        Assert.Equal(Only("VOLUME"), Only("WORKDIR"));
        Assert.Contains(Image, instruction => instruction.Word == "COPY" && instruction.Words.Contains("--chown=$APP_UID:$APP_UID", StringComparison.Ordinal) && instruction.Words.EndsWith(' ' + Only("VOLUME"), StringComparison.Ordinal));
        Assert.Contains("8053", Only("EXPOSE"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_compose_file_is_valid_and_runs_what_the_Dockerfile_makes()
    {
        var compose = YamlAsJson.Read(Repository.Path("config", "docker-compose.yaml"));
        var run = await ShippingTool.ScriptAsync("compose.mjs", compose.GetRawText());
        Assert.True(run is { ExitCode: 0, Said: "" }, run.Said);

        var service = compose.At("services.dnsfailover");
        Assert.True(File.Exists(Repository.Path("config", service.At("build").GetString()!, "Dockerfile")));
        var volumes = service.At("volumes").EnumerateArray().Select(item => item.GetString()!.Split(':')).ToDictionary(parts => parts[1]);
        Assert.Equal("ro", volumes["/etc/dnsfailover/failover.yaml"][2]);
        Assert.True(compose.At("volumes").TryGetProperty(volumes[Only("VOLUME")][0], out _));
        Assert.True(service.At("read_only").GetBoolean());
        Assert.Equal(["ALL"], service.At("cap_drop").EnumerateArray().Select(item => item.GetString()));
        Assert.Equal("unless-stopped", service.At("restart").GetString());
    }

    private static string Only(string word) => Assert.Single(Image, instruction => instruction.Word == word).Words;

    /// <summary>The words of an instruction in exec form, which is JSON.</summary>
    private static string[] Exec(string json) => JsonSerializer.Deserialize<string[]>(json)!;

    private static List<(string Word, string Words)> Instructions(string text) =>
        [.. Continuation().Replace(Comment().Replace(text, string.Empty), " ").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(line => line.Split(' ', 2)).Select(parts => (parts[0], parts[1]))];

    [GeneratedRegex(@"^\s*#.*\n", RegexOptions.Multiline, 2000)]
    private static partial Regex Comment();

    [GeneratedRegex(@"\\\n\s*", RegexOptions.None, 2000)]
    private static partial Regex Continuation();
}
